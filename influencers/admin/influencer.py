from django.contrib import admin

from campaigns.admin.sturdy import ReadOnlyAdmin, SturdyAdmin
from influencers.forms.influencer import PublicNameForm
from influencers.models import Influencer, Pledge


@admin.register(Influencer)
class InfluencerAdmin(SturdyAdmin):
    form = PublicNameForm
    list_display = ["public_name", "listed", "departement", "daily_cap", "joined_at"]
    list_filter = ["listed"]
    search_fields = ["public_name", "user__email"]
    readonly_fields = ["user", "joined_at"]

    def has_add_permission(self, request) -> bool:
        return False


@admin.register(Pledge)
class PledgeAdmin(ReadOnlyAdmin):
    list_display = [
        "influencer",
        "account",
        "scope",
        "case",
        "region",
        "sector",
        "mode",
        "consented_at",
        "withdrawn_at",
    ]
    list_filter = ["scope", "mode", ("withdrawn_at", admin.EmptyFieldListFilter)]
    list_select_related = ["influencer", "account", "case"]
    search_fields = ["influencer__public_name", "case__company_name", "consented_text"]

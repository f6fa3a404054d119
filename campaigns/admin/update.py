from django.contrib import admin

from campaigns.admin.sturdy import ReadOnlyAdmin
from campaigns.models import CaseUpdate


@admin.register(CaseUpdate)
class CaseUpdateAdmin(ReadOnlyAdmin):
    """Read only: news are written, corrected and withdrawn on the team's page, which keeps what they said before."""

    list_display = ("title", "case", "state", "by", "at")
    list_filter = ("state",)
    list_select_related = ("case", "by")
    search_fields = ("title", "case__company_name")
    fields = ("case", "title", "body", "source_url", "state", "by", "at")

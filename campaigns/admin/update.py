from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from campaigns.admin.sturdy import ReadOnlyAdmin
from campaigns.models import CaseUpdate


@admin.register(CaseUpdate)
class CaseUpdateAdmin(ReadOnlyAdmin):
    """Read only: news are written, corrected and withdrawn on the team's page, which keeps what they said before."""

    when_empty = _("Ici viendront les nouvelles que les équipes écrivent.")
    list_display = ("title", "case", "state", "by", "at")
    list_filter = ("state",)
    list_select_related = ("case", "by")
    search_fields = ("title", "case__company_name")
    fields = ("case", "title", "body", "source_url", "state", "by", "at")

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from campaigns.admin.sturdy import ReadOnlyAdmin
from campaigns.models import CaseUpdate, TextVersion


@admin.register(CaseUpdate)
class CaseUpdateAdmin(ReadOnlyAdmin):
    """Read only: news are written, corrected and withdrawn on the team's page, which keeps what they said before."""

    when_empty = _("Ici viendront les nouvelles que les équipes écrivent.")
    list_display = ("title", "case", "state", "by", "at")
    list_filter = ("state",)
    list_select_related = ("case", "by")
    search_fields = ("title", "case__company_name")
    fields = ("case", "title", "body", "source_url", "state", "by", "at")


@admin.register(TextVersion)
class TextVersionAdmin(ReadOnlyAdmin):
    """What was said before a correction, and what was taken back: the public does not read the latter."""

    when_empty = _("Ici viendra ce que les pages disaient avant d’être corrigées, et ce qui en a été retiré.")
    list_display = ("case", "line", "withdrawn", "reason", "by", "replaced_at")
    list_filter = ("withdrawn", "line")
    list_select_related = ("case", "by")
    search_fields = ("case__company_name",)
    fields = ("case", "line", "withdrawn", "words", "reason", "by", "replaced_at")

    @admin.display(description=_("texte d’avant"))
    def words(self, version) -> str:
        return "\n".join(version.said.values())

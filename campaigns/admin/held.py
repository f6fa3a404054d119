from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from campaigns import holding, updates
from campaigns.admin.deciding import DecidingAdmin, RowDecision
from campaigns.models import HeldState, HeldText


@admin.register(HeldText)
class HeldTextAdmin(DecidingAdmin):
    """Texts that name a confidential procedure, until a person has read them."""

    when_empty = _("Ici viendront les textes qui nomment une conciliation ou un mandat ad hoc, avant de paraître.")
    list_display = ("text_shown", "words", "door", "case", "state", "at")
    list_filter = ("state",)
    list_select_related = ("case",)
    fields = ("case", "door", "words", "text", "by", "at", "state", "decided_at")
    open_states = (HeldState.PENDING,)
    decisions = {
        "autoriser": RowDecision(
            _("Autoriser : ce texte exact pourra paraître, pour ce dossier"), _("Le texte est autorisé."),
            updates.clear, (holding.NotPossible,),
        ),
        "refuser": RowDecision(
            _("Refuser : il ne paraîtra pas, son auteur est prévenu"), _("Le texte est refusé."),
            updates.refuse, (holding.NotPossible,), grave=True,
        ),
    }  # fmt: skip

    @admin.display(description=_("texte"))
    def text_shown(self, held) -> str:
        return str(held)

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from campaigns import replies
from campaigns.admin.deciding import DecidingAdmin, RowDecision
from campaigns.forms.decision import ReadWordsForm, ShortReasonForm
from campaigns.models import Reply, ReplyKind, ReplyState


@admin.register(Reply)
class ReplyAdmin(DecidingAdmin):
    """Corrections asked for and rights of reply (art. 1-1 III of law 2004-575), the oldest first: some have a deadline."""

    when_empty = _("Ici viendront les erreurs signalées et les droits de réponse que les visiteurs écrivent.")
    list_display = ("passage_shown", "kind", "case", "state", "at", "warned")
    list_filter = ("state", "kind")
    list_select_related = ("case",)
    fields = (
        "case", "kind", "warned", "passage", "text", "organisation", "name", "email", "at", "state", "decided_by",
        "decided_at", "reason",
    )  # fmt: skip
    open_states = (ReplyState.WAITING,)
    decisions = {
        "publier": RowDecision(
            _("Publier la réponse : visible tout de suite sous les nouvelles, son auteur est prévenu"),
            _("La réponse est publiée."), replies.publish, (replies.NotPossible,),
        ),
        "publier-relue": RowDecision(
            _("Publier la réponse, mots confidentiels compris : visible tout de suite, son auteur est prévenu"),
            _("La réponse est publiée."), replies.publish, (replies.NotPossible,), ReadWordsForm, grave=True,
        ),
        "corriger": RowDecision(
            _("C’est corrigé dans le dossier : son auteur est prévenu"), _("L’auteur apprend que c’est corrigé."),
            replies.accept, (replies.NotPossible,),
        ),
        "refuser": RowDecision(
            _("Refuser : son auteur reçoit le motif"), _("La demande est refusée."),
            replies.refuse, (replies.NotPossible,), ShortReasonForm, grave=True,
        ),
    }  # fmt: skip

    def decisions_for(self, row) -> dict[str, RowDecision]:
        """Publishing is for a right of reply on a public case; confidential words ask for one more look."""
        offered = dict(super().decisions_for(row))
        named = bool(replies.confidential_words(row))
        publishable = row.kind == ReplyKind.REPLY and row.case.is_public
        for name, fits in (("publier", not named), ("publier-relue", named)):
            if not (publishable and fits):
                offered.pop(name, None)
        return offered

    @admin.display(description=_("passage"))
    def passage_shown(self, reply) -> str:
        return str(reply)

    @admin.display(description=_("à savoir"))
    def warned(self, reply) -> str:
        return " ".join(replies.warnings(reply))

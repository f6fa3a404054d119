"""Whoever a case names may answer, and anybody may point out an error; a person decides, once, and says why.

Right of reply online: art. 1-1 III of law 2004-575 (LCEN).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import holding
from campaigns.clock import months_after
from campaigns.models import Case, Reply, ReplyKind, ReplyState, User
from i4emploi_site.lib import mail
from i4emploi_site.lib.limits import too_many
from i4emploi_site.lib.times import PARIS, long_date

REPLIES_AN_HOUR = 10  # from one address
MAILS_AN_HOUR = 6  # to one mailbox
DETAILS = ("kind", "passage", "text", "organisation", "name", "email")
# art. 1-1 III LCEN: the reply is put online within three days, under penalty of a fine
ANSWER_WITHIN = timedelta(days=3)
MONTHS_TO_ASK = 3
SUBJECTS: dict[str, Promise] = {
    ReplyState.PUBLISHED: gettext_lazy("Votre réponse est publiée : %(case)s"),
    ReplyState.ACCEPTED: gettext_lazy("L’erreur est corrigée : %(case)s"),
    ReplyState.REFUSED: gettext_lazy("Votre demande n’est pas retenue : %(case)s"),
}


class ReplyRefused(Exception):
    """The reply cannot be left; the message is for the person who tried."""


class NotPossible(Exception):
    """The decision cannot be taken; the message is for the moderator."""


def leave(case: Case, given: Mapping[str, Any], submission_key: UUID) -> Reply:
    """Store the reply, once per submission key, and acknowledge it by mail. Raises ReplyRefused."""
    try:
        with transaction.atomic():
            reply, made = Reply.objects.get_or_create(
                submission_key=submission_key, case=case, defaults={name: given.get(name, "") for name in DETAILS}
            )
            if made:
                transaction.on_commit(lambda: _acknowledge(reply), robust=True)
    except IntegrityError:  # the key served for another case
        raise ReplyRefused(_("Ce formulaire a déjà servi : rechargez la page, puis recommencez.")) from None
    return reply


def too_many_from(address: str) -> bool:
    return too_many("replies", address, REPLIES_AN_HOUR)


def published(case: Case) -> QuerySet[Reply]:
    return case.replies.filter(state=ReplyState.PUBLISHED).order_by("-decided_at", "-pk")


def due_at(reply: Reply) -> datetime:
    """Until when a right of reply is to be published (art. 1-1 III LCEN)."""
    return reply.at + ANSWER_WITHIN


def confidential_words(reply: Reply) -> list[str]:
    return holding.words_in(reply.passage, reply.text, reply.organisation, reply.name)


def warnings(reply: Reply) -> list[str]:
    """What a moderator should know before deciding."""
    found = []
    if words := confidential_words(reply):
        found.append(
            _("Mots à relire (procédure confidentielle, art. L611-15 C. com. ?) : %(words)s.")
            % {"words": ", ".join(words)}
        )
    if reply.kind == ReplyKind.REPLY and reply.state == ReplyState.WAITING:
        found.append(_("À publier avant le %(when)s si elle est fondée.") % {"when": long_date(due_at(reply))})
    if reply.kind == ReplyKind.REPLY and _is_late(reply):
        found.append(_("Le dossier est en ligne depuis plus de trois mois : vérifiez de quand date le passage."))
    return found


def _is_late(reply: Reply) -> bool:
    """More than three months after publication, a right of reply is lost (art. 1-1 III LCEN); a later text has its own."""
    if not reply.case.published_at:
        return False
    last_day = months_after(reply.case.published_at.astimezone(PARIS).date(), MONTHS_TO_ASK)
    return reply.at.astimezone(PARIS).date() > last_day


def publish(reply: Reply, by: User | None, read: bool = False) -> None:
    """Show a right of reply on the case page; `read`: its words of a confidential procedure were weighed. Raises NotPossible."""
    if reply.kind != ReplyKind.REPLY:
        raise NotPossible(_("Une erreur signalée se corrige : son auteur n’a pas demandé à être publié."))
    if not reply.case.is_public:
        raise NotPossible(_("Le dossier n’est pas public : il n’y a pas de page où publier cette réponse."))
    if confidential_words(reply) and not read:
        raise NotPossible(_("Cette réponse nomme une procédure confidentielle : dites d’abord que vous l’avez relue."))
    _decide(reply, by, ReplyState.PUBLISHED)


def accept(reply: Reply, by: User | None) -> None:
    """Say that the error was corrected in the case. Raises NotPossible."""
    _decide(reply, by, ReplyState.ACCEPTED)


def refuse(reply: Reply, by: User | None, reason: str) -> None:
    """Raises NotPossible, also without a reason."""
    if not (reason := reason.strip()):
        raise NotPossible(_("Écrivez le motif."))
    _decide(reply, by, ReplyState.REFUSED, reason)


def _decide(reply: Reply, by: User | None, state: str, reason: str = "") -> None:
    with transaction.atomic():
        waiting = Reply.objects.filter(pk=reply.pk, state=ReplyState.WAITING)
        if not waiting.update(state=state, decided_by=by, decided_at=timezone.now(), reason=reason):
            raise NotPossible(_("Quelqu’un a déjà décidé pour cette demande : rechargez la page."))
        transaction.on_commit(lambda: _tell(reply.pk), robust=True)
    reply.refresh_from_db()


def _acknowledge(reply: Reply) -> None:
    """In the language of the page that they read; nothing of whoever filed the case."""
    if too_many("mails", reply.email, MAILS_AN_HOUR):
        return
    subject = _("Votre demande sur %(case)s est reçue") % {"case": reply.case}
    _send(reply, subject, "campaigns/mail/reply_received.txt")


def _tell(pk: int) -> None:
    reply = Reply.objects.select_related("case").get(pk=pk)
    about = str(reply.case) if reply.case.is_public else "#i4emploi"  # a case out of sight is not named
    with translation.override(settings.LANGUAGE_CODE):
        _send(reply, str(SUBJECTS[reply.state]) % {"case": about}, "campaigns/mail/reply_decided.txt")


def _send(reply: Reply, subject: str, template: str) -> None:
    context = {"reply": reply, "case": reply.case, "url": settings.SITE_URL + reply.case.get_absolute_url()}
    mail.send(reply.email, subject, render_to_string(template, context), about=f"Reply {reply.pk}")

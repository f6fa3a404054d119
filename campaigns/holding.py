"""The words of confidential procedures hold any text until a person has read it (art. L611-15 C. com.)."""

import re
import unicodedata

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from campaigns.models import Case, HeldState, HeldText, User
from i4emploi_site.lib import codes, mail

# as they read without spaces, accents or marks: however a text is broken, these words are in it
CONFIDENTIAL = {
    "mandat ad hoc": re.compile(r"mandat(?:s|aires?)?(?:judiciaires?)?adhoc"),
    "conciliation": re.compile(r"concil+iations?"),
    "conciliateur": re.compile(r"concil+iat(?:eur|rice|or)"),
}
# an ordinary word, where it stands whole; « notre conciliation » is another thing, with its space or without
RECONCILIATION = re.compile(r"(?<![^\W\d_])re\u0301?conciliat(?:ions?|eurs?|rices?)")
LOOK_ALIKES = str.maketrans("аеосіхукмтвнрαοινкс", "aeocixykmtvhpaoivkc")


class NotPossible(Exception):
    """Why the text stays as it is; the message is for people."""


def words_in(*texts: str) -> list[str]:
    """The words of confidential procedures that these texts hold, however they are written."""
    squeezed = [_squeezed(text) for text in texts]
    return sorted(name for name, words in CONFIDENTIAL.items() if any(words.search(text) for text in squeezed))


def _squeezed(text: str) -> str:
    """Letters alone, without accents or case, those of other alphabets as the Latin ones that they look like."""
    plain = unicodedata.normalize("NFKD", text).casefold().translate(LOOK_ALIKES)
    plain = RECONCILIATION.sub(" ", plain)
    return "".join(letter for letter in plain if letter.isascii() and letter.isalpha())


def hold(case: Case | None, text: str, door: str, by: User | None) -> HeldText | None:
    """What keeps this exact text from the public; None when it is free or was cleared for this case.

    `door` says to the moderator, in words, where it was going to appear. `case` is None for what covers several.
    """
    if not (words := words_in(text)):
        return None
    held, _made = HeldText.objects.get_or_create(
        case=case, digest=_digest(text),
        defaults={"text": text, "words": ", ".join(words)[:200], "door": door[:60], "by": by},
    )  # fmt: skip
    if held.state == HeldState.TAKEN_BACK:
        held.state = HeldState.PENDING
        held.save(update_fields=["state"])
    return None if held.state == HeldState.CLEARED else held


def let_through(case: Case, text: str, door: str, by: User) -> None:
    """Clear a text that its own author, a moderator, has read as one; the register keeps who did."""
    if held := hold(case, text, door, by):
        HeldText.objects.filter(pk=held.pk).update(state=HeldState.CLEARED, decided_by=by, decided_at=timezone.now())


def take_back(case: Case, text: str) -> None:
    """Its author withdrew what waited: nobody need read it, unless it is sent again."""
    waiting = HeldText.objects.filter(case=case, digest=_digest(text), state=HeldState.PENDING)
    waiting.update(state=HeldState.TAKEN_BACK)


def explain(held: HeldText) -> str:
    """What to say beside the field of whoever wrote it."""
    if held.state == HeldState.REFUSED:
        return _("La modération a lu ce texte et ne l’autorise pas (%(words)s, art. L611-15 C. com.) : écrivez-le sans ces mots.") % {"words": held.words}  # fmt: skip
    return _(
        "Ces mots désignent une procédure confidentielle (art. L611-15 C. com.) : %(words)s. La modération va lire votre texte ; "
        "s’il est autorisé, il passera ici tel quel. Pour ne pas attendre, écrivez-le sans ces mots."
    ) % {"words": held.words}


def clear(held: HeldText, by: User, *, appears: bool = False) -> None:
    """Let this exact text through, for this case. Raises NotPossible when somebody decided before.

    `appears`: what waited behind it is published with it, and its author has nothing to send again.
    """
    _decide(held, by, HeldState.CLEARED, appears)


def refuse(held: HeldText, by: User) -> None:
    _decide(held, by, HeldState.REFUSED)


def _decide(held: HeldText, by: User, state: str, appears: bool = False) -> None:
    with transaction.atomic():
        waiting = HeldText.objects.filter(pk=held.pk, state=HeldState.PENDING)
        if not waiting.update(state=state, decided_by=by, decided_at=timezone.now()):
            raise NotPossible(_("Quelqu’un a déjà décidé pour ce texte : rechargez la page."))
        transaction.on_commit(lambda: _tell_author(held.pk, appears), robust=True)
    held.refresh_from_db()


def _tell_author(pk: int, appears: bool) -> None:
    held = HeldText.objects.select_related("case", "by").get(pk=pk)
    if held.by is None or not held.by.is_active or not _may_read_of(held.case, held.by):
        return
    cleared = held.state == HeldState.CLEARED
    context = {
        "text": "\n".join(f"> {line}" for line in held.text.splitlines()),
        "door": held.door,
        "cleared": cleared,
        "appears": appears,
        "case": held.case if held.case and held.case.is_public else None,  # a case out of sight is not named
        "page": settings.SITE_URL + _where(held.case, held.by),
    }
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("Votre texte est autorisé") if cleared else _("Votre texte n’est pas autorisé")
        body = render_to_string("campaigns/mail/held.txt", context)
    mail.send(held.by.email, subject, body, about=f"Held text {held.pk}")


def _where(case: Case | None, person: User) -> str:
    """From where its author finds what they wrote, or writes it again."""
    if case is None:
        return reverse("me")
    works = Case.objects.worked_on_by(person).filter(pk=case.pk).exists()
    return case.team_path() if works else case.get_absolute_url()


def _may_read_of(case: Case | None, person: User) -> bool:
    """A case that left the public's sight is told to nobody but those who work on it (art. L611-15 C. com.)."""
    return case is None or case.is_public or Case.objects.worked_on_by(person).filter(pk=case.pk).exists()


def is_same(held: HeldText, text: str) -> bool:
    return held.digest == _digest(text)


def _digest(text: str) -> str:
    """The same words, whatever their line ends and their accents' encoding, are the same text."""
    return codes.digest(" ".join(unicodedata.normalize("NFC", text).split()))

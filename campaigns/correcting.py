"""The lines of a case (facts, support, who has been told), corrected or taken back for a reason.

Under a correction, what the public read before stays readable. Of what is taken back only the reason does, since that is
how a name goes that should not have been there: its words are for the desk alone.
"""

from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.template.defaultfilters import floatformat
from django.utils import formats, translation
from django.utils.translation import gettext as _

from campaigns import holding
from campaigns.models import ActorContact, Case, Fact, FactKind, LineKind, TextVersion, User
from i4emploi_site.lib import codes

Line = Fact | ActorContact
COLUMNS: dict[type, tuple[str, ...]] = {  # as a page shows them
    Fact: ("kind", "giver", "value", "text", "condition", "on", "source_label", "source_url"),
    ActorContact: ("actor", "precision", "told_by", "told_on", "answer", "answered_on"),
}


class NotPossible(Exception):
    """Why the line stays as it is; the message is for people."""


def seen(line: Line) -> str:
    """What a person who corrects this line has read of it."""
    return codes.digest("\n".join(str(getattr(line, name)) for name in COLUMNS[type(line)]))[:16]


def correct(line: Line, by: User, reason: str, said: dict, *, read: str) -> bool:
    """Replace what the line says. False when it says so already. Raises NotPossible.

    `read`: what was `seen` when the correction was begun.
    """
    words = [value for value in said.values() if isinstance(value, str)]
    _check_words(line.case, by, _("une correction"), *words, reason)
    with transaction.atomic():
        if (before := _stored(line)) is None:
            raise NotPossible(_("Cette ligne a été retirée entre-temps."))
        changed = {name for name, value in said.items() if getattr(before, name) != value}
        if not changed:
            return False
        if seen(before) != read:
            raise NotPossible(
                _(
                    "Quelqu’un a changé cette ligne pendant que vous écriviez. Lisez plus haut ce qu’elle dit maintenant, puis "
                    "envoyez de nouveau."
                )
            )
        _keep(before, by, reason, changed)
        type(line).objects.filter(pk=before.pk).update(**said)
    return True


def take_back(line: Line, by: User, reason: str) -> bool:
    """Out of every page and figure, for good. False when it is gone already. Raises NotPossible."""
    _check_words(line.case, by, _("un motif"), reason)
    with transaction.atomic():
        if (before := _stored(line)) is None:
            return False
        _keep(before, by, reason, set(COLUMNS[type(line)]), withdrawn=True)
        before.delete()
    return True


def _stored(line: Line) -> Line | None:
    Case.objects.select_for_update(of=["self"]).get(pk=line.case_id)
    return type(line).objects.filter(pk=line.pk).first()


def _keep(before: Line, by: User, reason: str, changed: set[str], *, withdrawn: bool = False) -> None:
    """What the public has seen; before the case was published, nobody read it. Raises NotPossible."""
    if not (reason := reason.strip()):
        raise NotPossible(_("Écrivez le motif."))
    columns = [name for name in COLUMNS[type(before)] if name in changed]
    if not before.case.published_at or not columns:
        return
    said = {name: text for name in columns if (text := _in_words(before, name))}
    row = {"fact": before} if isinstance(before, Fact) else {"contact": before}
    TextVersion.objects.create(
        case=before.case, line=line_kind(before), said=said, reason=reason, by=by, withdrawn=withdrawn, **row
    )


def line_kind(line: Line) -> str:
    if isinstance(line, ActorContact):
        return LineKind.CONTACT
    return LineKind.SUPPORT if line.kind == FactKind.PUBLIC_SUPPORT else LineKind.FACT


def _in_words(line: Line, name: str) -> str:
    """As the page said it, in the site's language."""
    with translation.override(settings.LANGUAGE_CODE):
        value = getattr(line, name)
        if shown := getattr(line, f"get_{name}_display", None):
            return str(shown())
        if isinstance(value, date):
            return formats.date_format(value, "j F Y")
        return floatformat(value, "-2g") if isinstance(value, Decimal) else value or ""


def _check_words(case: Case, by: User, door: str, *parts: str) -> None:
    if held := holding.hold(case, "\n".join(part for part in parts if part), door, by):
        raise NotPossible(holding.explain(held))

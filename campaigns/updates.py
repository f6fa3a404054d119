"""News of a case and the texts of its page: written by its team, held when they must be, corrected without hiding what they said."""

import hashlib
from collections.abc import Sequence

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import holding
from campaigns.cleaning import Cleaned
from campaigns.models import Case, CaseUpdate, HeldState, HeldText, TextVersion, UpdatePhoto, UpdateState, User

NEWS = ("title", "body", "source_url")
TEXTS = ("summary", "story", "needs")  # the texts of a case that its team corrects


class NotPossible(Exception):
    """Why the text stays as it is; the message is for people."""


def write(
    case: Case, by: User, title: str, body: str, source_url: str = "", photos: Sequence[tuple[Cleaned, str]] = ()
) -> CaseUpdate:
    """Publish news, once however often the button is pressed; held for a moderator when its words ask for it.

    `photos`: cleaned pictures, each with what it shows in words.
    """
    said = {"title": title, "body": body, "source_url": source_url}
    words = _whole(title, body, source_url, *(words for _photo, words in photos))
    if (held := holding.hold(case, words, _("une nouvelle"), by)) and held.state == HeldState.REFUSED:
        raise NotPossible(holding.explain(held))
    with transaction.atomic():  # the same words twice are a double click, not two pieces of news
        Case.objects.select_for_update(of=["self"]).get(pk=case.pk)
        held = holding.hold(case, words, _("une nouvelle"), by)  # again, now that nobody clears it meanwhile
        same = CaseUpdate.objects.standing().filter(case=case, **said).first()
        state = UpdateState.HELD if held else UpdateState.PUBLISHED
        return same or _create(photos, case=case, by=by, state=state, **said)


def _create(photos: Sequence[tuple[Cleaned, str]], **said) -> CaseUpdate:
    made = CaseUpdate.objects.create(**said)
    for photo, description in photos:
        row = UpdatePhoto(update=made, description=description)
        row.file.save("", ContentFile(photo.data), save=False)
        row.width, row.height = photo.width or 0, photo.height or 0
        row.save()
    return made


def seen(row: Case | CaseUpdate) -> str:
    """What a person who corrects these texts has read of them: a digest for each."""
    return ".".join(_digest(getattr(row, name)) for name in texts_of(row))


def _digest(text: str) -> str:
    return hashlib.sha256("\n".join(text.split()).encode()).hexdigest()[:16]


def texts_of(row: Case | CaseUpdate) -> tuple[str, ...]:
    return TEXTS if isinstance(row, Case) else NEWS


def correct(
    update: CaseUpdate, by: User, reason: str, title: str, body: str, source_url: str = "", *, read: str
) -> bool:
    """Replace the text and keep the one before, which stays readable. False when nothing changed.

    `read`: what was `seen` when the correction was begun. Raises NotPossible.
    """
    said = {"title": title, "body": body, "source_url": source_url}
    if held := holding.hold(update.case, _whole(title, body, source_url, reason), _("une correction"), by):
        raise NotPossible(holding.explain(held))
    with transaction.atomic():
        before = CaseUpdate.objects.select_for_update().get(pk=update.pk)
        if before.state != UpdateState.PUBLISHED:
            raise NotPossible(_("Cette nouvelle n’est plus publiée : rechargez la page."))
        said = _touched(before, read, said)
        changed = {column: getattr(before, column) for column, text in said.items() if getattr(before, column) != text}
        if not changed:
            return False
        TextVersion.objects.create(case=before.case, update=before, said=changed, reason=_reason(reason), by=by)
        CaseUpdate.objects.filter(pk=before.pk).update(**said)
    return True


def withdraw(update: CaseUpdate, by: User, reason: str) -> None:
    """Take news off the page; they stay on record, with the reason if anybody could read them. Raises NotPossible."""
    if held := holding.hold(update.case, reason, _("un motif"), by):
        raise NotPossible(holding.explain(held))
    with transaction.atomic():
        before = CaseUpdate.objects.select_for_update().get(pk=update.pk)
        if before.state not in (UpdateState.PUBLISHED, UpdateState.HELD):
            raise NotPossible(_("Cette nouvelle n’est plus à retirer : rechargez la page."))
        if before.state == UpdateState.PUBLISHED:
            TextVersion.objects.create(case=before.case, update=before, said={}, reason=_reason(reason), by=by)
        else:
            holding.take_back(before.case, _all_words(before))
        CaseUpdate.objects.filter(pk=before.pk).update(state=UpdateState.WITHDRAWN)


def correct_case(case: Case, by: User, reason: str, *, read: str, **said: str) -> bool:
    """Replace texts of a case's page; what the public has read stays readable. False when nothing changed.

    `read`: what was `seen` when the correction was begun. Raises NotPossible.
    """
    if held := holding.hold(case, _whole(*said.values(), reason), _("une correction du texte"), by):
        raise NotPossible(holding.explain(held))
    with transaction.atomic():
        before = Case.objects.select_for_update(of=["self"]).get(pk=case.pk)
        said = _touched(before, read, said)
        changed = {column: getattr(before, column) for column, text in said.items() if getattr(before, column) != text}
        if not changed:
            return False
        keep_version(before, by, reason, changed)
        Case.objects.filter(pk=case.pk).update(**said, version=F("version") + 1, updated_at=timezone.now())
    return True


def keep_version(case: Case, by: User | None, reason: str, said_before: dict[str, str]) -> None:
    """What a page that the public has seen said before; before it was published, nobody read it. Raises NotPossible."""
    if case.published_at:
        TextVersion.objects.create(case=case, said=said_before, reason=_reason(reason), by=by)


def clear(held: HeldText, by: User) -> None:
    """Let a held text through, and publish the news that wait behind it. Raises holding.NotPossible."""
    with transaction.atomic():
        Case.objects.select_for_update(of=["self"]).filter(held_texts=held).first()  # nobody writes the same meanwhile
        waiting = _behind(held)
        holding.clear(held, by, appears=waiting.exists())
        waiting.update(state=UpdateState.PUBLISHED, at=timezone.now())


def refuse(held: HeldText, by: User) -> None:
    with transaction.atomic():
        Case.objects.select_for_update(of=["self"]).filter(held_texts=held).first()  # nobody writes the same meanwhile
        holding.refuse(held, by)
        _behind(held).update(state=UpdateState.REFUSED)


def _behind(held: HeldText):
    waiting = CaseUpdate.objects.filter(case=held.case, state=UpdateState.HELD)
    same = [update.pk for update in waiting.prefetch_related("photos") if holding.is_same(held, _all_words(update))]
    return CaseUpdate.objects.filter(pk__in=same, state=UpdateState.HELD)


def _all_words(update: CaseUpdate) -> str:
    return _whole(update.title, update.body, update.source_url, *(photo.description for photo in update.photos.all()))


def _whole(*parts: str) -> str:
    return "\n".join(parts)


def _touched(row: Case | CaseUpdate, read: str, said: dict[str, str]) -> dict[str, str]:
    """The texts that the person changed; what they left alone stays as somebody else may have made it meanwhile.

    Raises NotPossible for a text that both changed.
    """
    names = texts_of(row)
    began = dict(zip(names, read.split("."), strict=False))
    touched = {name: text for name, text in said.items() if _digest(text) != began.get(name)}
    both = [name for name in touched if _digest(getattr(row, name)) != began.get(name)]
    if both:
        titles = ", ".join(f"« {_title(row, name)} »" for name in both)
        raise NotPossible(
            _(
                "Quelqu’un a corrigé ce texte pendant que vous écriviez : %(texts)s. Lisez sa version sous la vôtre, gardez-en ce "
                "qu’il faut, puis envoyez de nouveau."
            )
            % {"texts": titles}
        )
    return touched


def _title(row: Case | CaseUpdate, name: str) -> str:
    field = row._meta.get_field(name)
    return str(getattr(field, "verbose_name", name))


def _reason(reason: str) -> str:
    if not (reason := reason.strip()):
        raise NotPossible(_("Écrivez le motif."))
    return reason

"""The court clock as iCalendar (RFC 5545): one event for each date, the same event however often the date moves."""

import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Prefetch, prefetch_related_objects
from django.utils import translation
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, Timezone, vText

from campaigns import holding
from campaigns.models import DEPARTEMENTS, Case, Confidence, Milestone
from i4emploi_site.lib.times import PARIS, full_date

READ_AGAIN_EVERY = timedelta(hours=1)


def of_case(case: Case) -> bytes:
    """The dates of a public case, past and cancelled ones included: a calendar that loses an event does not say why."""
    prefetch_related_objects([case], _dates())
    with translation.override(settings.LANGUAGE_CODE):
        name = _("%(case)s : échéances") % {"case": case}
        return _calendar(name, [case])


def of_departement(code: str) -> bytes:
    """The dates of the département's public cases. Raises KeyError for an unknown code."""
    name, _region = DEPARTEMENTS[code]
    cases = Case.objects.public().filter(commune__departement=code).select_related("commune").order_by("pk")
    with translation.override(settings.LANGUAGE_CODE):
        return _calendar(_("#i4emploi : échéances, %(place)s") % {"place": name}, cases.prefetch_related(_dates()))


def changed_at(case: Case) -> datetime:
    return max([case.updated_at, *case.milestones.values_list("updated_at", flat=True)])


def _dates() -> Prefetch:
    return Prefetch("milestones", Milestone.objects.prefetch_related("postponements"))


def _calendar(name: str, cases: Iterable[Case]) -> bytes:
    calendar = blank("Echeances")
    for property_name in ("NAME", "X-WR-CALNAME"):
        calendar.add(property_name, vText(clean(name)))  # the library escapes only the properties of RFC 5545
    calendar.add("REFRESH-INTERVAL", READ_AGAIN_EVERY, parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", READ_AGAIN_EVERY)
    for case in cases:
        for milestone in case.milestones.all():
            calendar.add_component(_event(case, milestone))
    if not calendar.subcomponents:  # RFC 5545 wants one at least, and a feed without a date is still followed
        calendar.add_component(Timezone.from_tzid(PARIS.key))
    return calendar.to_ical()


def blank(name: str) -> Calendar:
    calendar = Calendar()
    calendar.add("PRODID", f"-//i4emploi//{name}//FR")
    calendar.add("VERSION", "2.0")
    return calendar


def uid(kind: str, key: object) -> str:
    """What makes an event the same one, however often it is told again."""
    return f"{kind}-{key}@{urlsplit(settings.SITE_URL).hostname}"


def _event(case: Case, milestone: Milestone) -> Event:
    """An instant without a length, in UTC: it needs no time zone's rules, and is right on both sides of a clock change."""
    event = Event()
    event.add("UID", uid("milestone", milestone.pk))
    event.add("SEQUENCE", milestone.sequence)
    event.add(
        "DTSTAMP", case.public_instant(milestone.updated_at).astimezone(UTC)
    )  # of the revision: nothing here is a message
    event.add("LAST-MODIFIED", case.public_instant(milestone.updated_at).astimezone(UTC))
    event.add("DTSTART", milestone.at.astimezone(UTC))
    event.add("SUMMARY", clean(_summary(case, milestone)))
    event.add("DESCRIPTION", clean("\n".join(_description(case, milestone))))
    event.add("LOCATION", clean(case.place))
    event.add("URL", settings.SITE_URL + case.get_absolute_url())
    event.add("STATUS", _status(milestone))
    event.add("TRANSP", "TRANSPARENT")  # a date to know, that takes nobody's time
    return event


def _status(milestone: Milestone) -> str:
    if milestone.cancelled_at:
        return "CANCELLED"
    return "CONFIRMED" if milestone.confidence == Confidence.CONFIRMED else "TENTATIVE"


def _summary(case: Case, milestone: Milestone) -> str:
    words = {"what": milestone, "case": case}
    summary = _("%(what)s : %(case)s") % words
    if milestone.confidence == Confidence.ESTIMATED:
        summary = _("%(what)s (date estimée) : %(case)s") % words
    return _("Exemple : %(what)s") % {"what": summary} if case.is_example else summary


def _description(case: Case, milestone: Milestone) -> list[str]:
    lines = [
        _("Date donnée par : %(who)s (%(confidence)s)")
        % {"who": milestone.get_authority_display(), "confidence": milestone.get_confidence_display()},
        _labelled(_("Source : %(what)s"), milestone.source_label, milestone.source_url),
        _public(milestone.note),
        *(_moved(moved) for moved in milestone.moves),
        _labelled(_("Annulée : %(what)s"), milestone.cancelled_reason),
        _("Le dossier : %(url)s") % {"url": settings.SITE_URL + case.get_absolute_url()},
    ]
    return [line for line in lines if line]


def _moved(moved) -> str:
    date = _("Reportée : elle était fixée au %(date)s.") % {"date": full_date(moved.from_at)}
    reason = _labelled(_("Motif : %(what)s"), moved.reason)
    source = _labelled(_("Source : %(what)s"), moved.source_label, moved.source_url)
    return " ".join(part for part in (date, reason, source) if part)


def _labelled(sentence: str, *texts: str) -> str:
    words = " ".join(text for text in map(_public, texts) if text)
    return sentence % {"what": words} if words else ""


def _public(text: str) -> str:
    """Without a text that names a confidential procedure: nobody reads calendars again before they are copied."""
    return "" if holding.words_in(text) else text


def clean(text: str) -> str:
    """RFC 5545 forbids control characters in texts; a line end remains one."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(letter for letter in lines if letter == "\n" or unicodedata.category(letter) != "Cc")

"""A day and an hour in Paris, as one aware instant; each refusal is said at its field."""

from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms.utils import from_current_timezone
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from i4emploi_site.lib.times import LAST_MINUTE, PARIS

FARTHEST = timedelta(days=5 * 366)


class RefusedInstant(ValidationError):
    """`part` is "date" or "time": where to say it."""

    def __init__(self, part: str, message):
        super().__init__(message)
        self.part = part


def paris_instant(day: date, hour: time | None, now: datetime) -> datetime:
    """The instant to come; without an hour, the day's last minute. Raises RefusedInstant."""
    if day.year > (now + FARTHEST).year:
        raise RefusedInstant("date", _("Cette date est très lointaine : vérifiez l’année."))
    if day < now.astimezone(PARIS).date():
        raise RefusedInstant("date", _("Cette date est passée : donnez une échéance à venir."))
    if (at := _at(day, hour)) <= now:
        raise RefusedInstant("time", _("Cette heure est passée : donnez une échéance à venir."))
    return at


def past_paris_instant(day: date, hour: time | None, now: datetime) -> datetime:
    """The instant of what has happened; without an hour, the day's last minute. Raises RefusedInstant."""
    if day > now.astimezone(PARIS).date():
        raise RefusedInstant(
            "date", _("Cette date n’est pas encore venue : les paiements ont cessé avant aujourd’hui.")
        )
    if day.year < (now - FARTHEST).year:
        raise RefusedInstant("date", _("Cette date est très ancienne : vérifiez l’année."))
    return _at(day, hour)


def hour_note(hour: time | None) -> str:
    """What is said of a date whose hour nobody gave; everybody reads it, so in the site's language."""
    with translation.override(settings.LANGUAGE_CODE):
        return "" if hour else gettext("heure non précisée")


def _at(day: date, hour: time | None) -> datetime:
    try:
        with timezone.override(PARIS):
            return from_current_timezone(datetime.combine(day, hour or LAST_MINUTE))
    except ValidationError:
        raise RefusedInstant(
            "time", _("Cette heure n’existe pas, ou existe deux fois, le jour du changement d’heure.")
        ) from None

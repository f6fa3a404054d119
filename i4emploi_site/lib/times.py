"""Time as people in France read it. Stored instants are aware and UTC; what is shown is Europe/Paris."""

import re
from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.utils import formats, timezone
from django.utils.translation import get_language, gettext, ngettext

PARIS = ZoneInfo("Europe/Paris")
# A day runs until midnight (art. 642 CPC): a date without an hour is kept as its last minute, and told as a day.
LAST_MINUTE = time(23, 59)


def long_date(at: datetime) -> str:
    """« vendredi 30 octobre à 17 h », with the year when it is not this one; English in the English site."""
    local = at.astimezone(PARIS)
    day = formats.date_format(local, "l j F" if _is_this_year(local) else "l j F Y")
    if get_language() == "en" and has_hour(local):
        return f"{day}, {local:%H:%M}"
    return _with_hour(day, local)


def short_date(at: datetime) -> str:
    """« 30 octobre », with the year when it is not this one."""
    local = at.astimezone(PARIS)
    return formats.date_format(local, "j F" if _is_this_year(local) else "j F Y")


def full_date(at: datetime) -> str:
    """« vendredi 30 octobre 2026 à 17 h », in the language of the moment: for what is kept longer than its year."""
    local = at.astimezone(PARIS)
    return _with_hour(formats.date_format(local, "l j F Y"), local)


def has_hour(at: datetime) -> bool:
    return at.astimezone(PARIS).time() != LAST_MINUTE


def _with_hour(day: str, local: datetime) -> str:
    return gettext("%(day)s à %(hour)s") % {"day": day, "hour": hour(local)} if has_hour(local) else day


def _is_this_year(local: datetime) -> bool:
    return timezone.now().astimezone(PARIS).year == local.year


def hour(local: datetime) -> str:
    """« 17 h » or « 9 h 30 », with the narrow no-break space of French typography."""
    return f"{local.hour}\u202fh" + (f"\u202f{local.minute:02d}" if local.minute else "")


def time_left(at: datetime, now: datetime) -> str:
    """« 9 jours 14 h », « 3 h 20 min », « 12 min »; empty once the instant has passed."""
    minutes = int((at - now).total_seconds() // 60)
    if minutes < 0:
        return ""
    days, hours, minutes = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        words = ngettext("%(days)s jour", "%(days)s jours", days) % {"days": days} + (f" {hours} h" if hours else "")
    elif hours:
        words = f"{hours} h" + (f" {minutes} min" if minutes else "")
    else:
        words = f"{minutes} min"
    return re.sub(r"(\d) ", "\\1\u00a0", words)

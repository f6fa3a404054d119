"""A person's slot as iCalendar (RFC 5545, RFC 5546): one event for each post, the same one however often it moves."""

from datetime import UTC, datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Alarm, Event, vCalAddress

from campaigns.sharekit import calendar
from influencers.models import Post

A_GESTURE = timedelta(minutes=15)  # as long as a calendar shows it well: publishing takes less

ASKED, TAKEN_BACK, SHOWN = "REQUEST", "CANCEL", "PUBLISH"


def of_post(post: Post, url: str, now: datetime, method: str = SHOWN) -> str:
    """The slot, with the address that opens the post in one tap. Reads the case and the pledge's person.

    A mail asks the person (`ASKED`, then `TAKEN_BACK`), so that their calendar moves or drops the event by itself; a
    file that they fetch names nobody.
    """
    held = calendar.blank("Creneaux")
    held.add("METHOD", method)
    event = Event()
    event.add("UID", calendar.uid("post", post.pk))
    event.add("SEQUENCE", max(post.told_times - 1, 0) if method == SHOWN else post.told_times)
    event.add("DTSTAMP", now.astimezone(UTC))
    at = post.told_slot if method == TAKEN_BACK and post.told_slot else post.due_at
    event.add("DTSTART", at.astimezone(UTC))
    event.add("DTEND", (at + A_GESTURE).astimezone(UTC))
    event.add("SUMMARY", calendar.clean(_("Relayer %(case)s en un geste") % {"case": post.case}))
    event.add("STATUS", "CANCELLED" if method == TAKEN_BACK else "CONFIRMED")
    event.add("TRANSP", "TRANSPARENT")
    sender = vCalAddress(f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}")
    sender.params["CN"] = "i4emploi"
    event.add("ORGANIZER", sender)
    if method != SHOWN and post.pledge:
        asked = vCalAddress(f"mailto:{post.pledge.influencer.user.email}")
        asked.params["RSVP"] = "FALSE"  # a pledge was given already: nobody waits for an answer
        event.add("ATTENDEE", asked)
    if method != TAKEN_BACK:
        event.add("URL", url)
        event.add("DESCRIPTION", _("Publiez-le en un geste :\n%(url)s") % {"url": url})
        event.add_component(_alarm())
    held.add_component(event)
    return held.to_ical().decode()


def _alarm() -> Alarm:
    alarm = Alarm()
    alarm.add("ACTION", "DISPLAY")
    alarm.add("DESCRIPTION", _("C’est le moment de publier"))
    alarm.add("TRIGGER", timedelta(0))
    return alarm

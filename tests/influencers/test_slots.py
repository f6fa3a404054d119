"""The slot of a person who publishes by hand: told by mail with an event for their calendar, moved, taken back."""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from campaigns.models import Case, CaseStatus
from influencers import pledging, publishing, reminding, stopping, tasks
from influencers.models import Post
from influencers.reminding import tap_url
from tests.cast import make_moderator
from tests.influencers.tap_scene import pledged_by_hand, scheduled

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(sandbox_x, case, settings):
    settings.X_PLEDGES_BY_API = False
    pledged_by_hand(sandbox_x, case)
    return scheduled(case).posts.get()


def events() -> list:
    """(method, the event) of each mail that left, in order."""
    calendars = [Calendar.from_ical(one.attachments[0].content) for one in mail.outbox if one.attachments]
    return [(str(held["METHOD"]), held.walk("VEVENT")[0]) for held in calendars]


def test_the_slot_is_told_once_with_an_event_that_holds_the_one_tap_link(post):
    tasks.tell_slots()
    tasks.tell_slots()
    (message,) = mail.outbox
    assert message.to == [post.pledge.influencer.user.email]
    assert post.text in message.body
    assert message.message().get_payload()[1].get_content_type() == "text/calendar"
    ((method, event),) = events()
    assert (method, event["SEQUENCE"], event.decoded("DTSTART")) == ("REQUEST", 0, post.due_at.replace(microsecond=0))
    assert str(event["URL"]).split("?")[0] == tap_url(post).split("?")[0]
    assert f"mailto:{message.to[0]}" == str(event["ATTENDEE"])


def test_a_slot_that_moved_is_the_same_event_told_again(post):
    tasks.tell_slots()
    later = (post.due_at + timedelta(hours=2)).replace(microsecond=0)
    Post.objects.filter(pk=post.pk).update(due_at=later)
    tasks.tell_slots()
    tasks.tell_slots()
    (_first, one), (method, other) = events()
    assert (method, one["UID"], other["SEQUENCE"]) == ("REQUEST", other["UID"], 1)
    assert other.decoded("DTSTART") == later
    assert "décalée" in mail.outbox[-1].body


@pytest.mark.parametrize("why", ["withdrawn", "stopped", "broadcast stopped"])
def test_a_slot_that_fell_through_is_taken_out_of_the_calendar_once(post, why):
    tasks.tell_slots()
    if why == "withdrawn":
        pledging.withdraw(post.pledge, timezone.now())
    else:
        where = {"post": post} if why == "stopped" else {"broadcast": post.broadcast}
        stopping.stop(make_moderator(), "la date a changé", **where)
    tasks.tell_slots()
    tasks.tell_slots()
    (_first, one), (method, other) = events()
    assert (method, str(other["STATUS"]), one["UID"]) == ("CANCEL", "CANCELLED", other["UID"])
    assert other["SEQUENCE"] > one["SEQUENCE"]
    assert post.get_failure_display() in mail.outbox[-1].body


def test_nobody_is_told_that_a_slot_fell_through_that_they_never_had(post):
    stopping.stop(make_moderator(), "la date a changé", broadcast=post.broadcast)
    tasks.tell_slots()
    assert mail.outbox == []


def test_a_mail_that_did_not_leave_is_sent_again_and_one_that_did_is_not(post, settings):
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "tests.site.gate_scene.BrokenBackend"
    assert reminding.tell_slots(timezone.now()) == 0
    mail.outbox.clear()
    settings.EMAIL_BACKEND = working
    assert reminding.tell_slots(timezone.now()) == 0, "a mail server that is away is not asked at once"
    later = timezone.now() + reminding.AGAIN_AFTER
    assert [reminding.tell_slots(later) for _time in range(2)] == [1, 0]
    ((_method, event),) = events()
    assert event["SEQUENCE"] == 0


def tell_all() -> int:
    return sum(tell(timezone.now()) for tell in (reminding.tell_slots, reminding.remind))


def the_post_is_due(post):
    Post.objects.filter(pk=post.pk).update(due_at=timezone.now() - timedelta(minutes=1))
    publishing.offer_taps(timezone.now())


@pytest.mark.parametrize("is_due", [False, True], ids=["slot", "link"])
def test_a_mail_whose_worker_was_killed_is_sent_by_another(post, settings, is_due):
    if is_due:
        the_post_is_due(post)
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "tests.site.gate_scene.KilledBackend"
    with pytest.raises(SystemExit):
        tell_all()
    settings.EMAIL_BACKEND = working
    assert tell_all() == 0, "the killed one may still be at it"
    Post.objects.update(tell_from=timezone.now())
    assert [tell_all() for _time in range(2)] == [1, 0]


def test_the_link_is_sent_once_and_waits_for_a_stop_to_be_lifted(post):
    the_post_is_due(post)
    held = stopping.stop(make_moderator(), "on vérifie", case=post.case)
    tasks.offer_taps()
    assert mail.outbox == []
    stopping.lift(held)
    tasks.offer_taps()
    tasks.offer_taps()
    (message,) = mail.outbox
    assert tap_url(post).split("?")[0] in message.body


def test_two_workers_tell_a_slot_once(post):
    (one, other) = (Post.objects.select_related("pledge__influencer__user").get(pk=post.pk) for _worker in range(2))
    assert [reminding._told_slot(same, timezone.now(), "REQUEST") for same in (one, other)] == [True, False]
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("change", [{"status": CaseStatus.HELD}, {"status": CaseStatus.HELD, "stage": "conciliation"}])
def test_of_a_case_out_of_sight_nothing_is_told_nor_taken_back(post, change):
    Case.objects.filter(pk=post.case_id).update(**change)
    tasks.tell_slots()
    assert mail.outbox == []
    Post.objects.filter(pk=post.pk).update(told_slot=post.due_at)
    stopping.stop(make_moderator(), "annulée", broadcast=post.broadcast)
    tasks.tell_slots()
    assert mail.outbox == []


def test_while_a_case_is_suspended_no_slot_is_told(post):
    held = stopping.stop(make_moderator(), "on vérifie un chiffre", case=post.case)
    tasks.tell_slots()
    assert mail.outbox == []
    stopping.lift(held)
    tasks.tell_slots()
    assert len(mail.outbox) == 1


def test_the_slot_is_a_file_on_the_one_tap_page_for_its_person_alone(client, post):
    where = reverse("post_slot", args=[post.pk])
    assert client.get(where).status_code == 404
    signed = tap_url(post).removeprefix("http://testserver")
    assert where in client.get(signed).content.decode()
    answer = client.get(where, {"t": signed.partition("t=")[2]})
    held = Calendar.from_ical(answer.content)
    assert answer["Content-Type"].startswith("text/calendar")
    assert (str(held["METHOD"]), "ATTENDEE" in held.walk("VEVENT")[0]) == ("PUBLISH", False)
    stopping.stop(make_moderator(), "annulée", post=post)
    assert client.get(where, {"t": signed.partition("t=")[2]}).status_code == 404

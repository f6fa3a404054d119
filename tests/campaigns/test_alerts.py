"""Warnings before a date: to whom, when, once, and with what words."""

import threading
import uuid
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns import alerts, milestones, moderation, tasks
from campaigns.models import (
    Case,
    CaseMember,
    CaseStatus,
    ClockAlert,
    Lead,
    LeadStage,
    Milestone,
    MilestoneKind,
    Stage,
)  # fmt: skip
from i4emploi_site.lib.times import PARIS, long_date
from tests.cast import make_case, make_member, make_moderator, make_user

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2027, 5, 18, 14, tzinfo=PARIS)


def make_case_due(at=AT, kind=MilestoneKind.DLDO, **fields) -> Case:
    case = make_case(days_left=None, **fields)
    Milestone.objects.create(case=case, kind=kind, at=at, authority="tribunal", confidence="announced")
    return case


def thresholds(case) -> list[str]:
    return list(ClockAlert.objects.filter(milestone__case=case).order_by("pk").values_list("threshold", flat=True))


@pytest.fixture
def case():
    return make_case_due()


@pytest.fixture
def lucie(case):
    return make_member(case)


def test_each_threshold_is_told_once_however_often_one_looks(case, lucie):
    left = [timedelta(days=31), timedelta(days=30), timedelta(days=8), timedelta(days=7), timedelta(days=2)]
    for before in [*left, timedelta(hours=24), timedelta(minutes=1), timedelta(0), timedelta(days=-1)]:
        for _look in range(2):
            alerts.send_due(AT - before)
    assert thresholds(case) == ["30d", "7d", "2d", "24h"]
    assert [message.to for message in mail.outbox] == [[lucie.email]] * 4


def test_a_case_filed_five_days_before_is_told_of_the_week_alone(case, lucie):
    assert alerts.send_due(AT - timedelta(days=5)) == 1
    assert alerts.send_due(AT - timedelta(days=4)) == 0
    assert thresholds(case) == ["7d"]
    assert len(mail.outbox) == 1


def test_the_mail_says_what_when_what_is_left_and_what_can_still_be_done(case, lucie):
    for number, stage in enumerate([LeadStage.INTEREST, LeadStage.VISIT, LeadStage.OFFER, LeadStage.DROPPED]):
        Lead.objects.create(
            case=case, stage=stage, buyer_type="fund", name=f"Bruno {number}", email=f"bruno{number}@exemple.example",
            declaration="Je déclare.", declared_at=timezone.now(), submission_key=uuid.uuid4(),
        )  # fmt: skip
    alerts.send_due(AT - timedelta(days=2))
    (message,) = mail.outbox
    assert message.subject == "2 jours : Date limite de dépôt des offres, Laboratoire Imaginaire"
    for words in (
        "Laboratoire Imaginaire (Meymac, Corrèze) : il reste 2\u00a0jours.",
        f"Date limite de dépôt des offres\n{long_date(AT)}, heure de Paris (date donnée par : tribunal ; annoncée",
        "Rappelez chaque piste",
        "2 pistes n’ont pas encore déposé d’offre.",
        f"http://testserver/dossiers/{case.slug}/equipe/",
    ):
        assert words in message.body
    assert "bruno" not in message.body.lower()


def test_no_mail_names_whoever_filed_the_case(case, lucie):
    make_moderator()
    Case.objects.filter(pk=case.pk).update(filer_name="Zoé Lanceuse", filer_email="zoe@exemple.example")
    for before in (timedelta(days=30), timedelta(days=7), timedelta(days=2), timedelta(hours=24)):
        alerts.send_due(AT - before)
    assert len(mail.outbox) == 6
    for message in mail.outbox:
        assert "Zo" not in message.subject + message.body
        assert "exemple.example" not in message.body


@pytest.mark.parametrize("kind", alerts.STILL_POSSIBLE)
def test_every_kind_of_date_says_what_can_still_be_done(kind):
    make_member(make_case_due(kind=kind))
    alerts.send_due(AT - timedelta(hours=3))
    assert str(alerts.STILL_POSSIBLE[kind]) in mail.outbox[0].body


def test_only_a_date_of_the_past_by_nature_has_no_warning():
    assert set(MilestoneKind.values) - set(alerts.STILL_POSSIBLE) == {MilestoneKind.CESSATION_PAIEMENTS}


@pytest.mark.parametrize(
    "fields",
    [
        {"status": CaseStatus.DRAFT},
        {"status": CaseStatus.SUBMITTED},
        {"status": CaseStatus.HELD},
        {"status": CaseStatus.CLOSED},
        {"status": CaseStatus.SUBMITTED, "stage": Stage.CONCILIATION},
        {"status": CaseStatus.HELD, "stage": Stage.MANDAT_AD_HOC},
    ],
)
def test_a_case_that_is_not_running_warns_nobody(fields):
    make_moderator()
    make_member(make_case_due(**fields))
    assert alerts.send_due(AT - timedelta(days=1)) == 0
    assert not mail.outbox
    assert not ClockAlert.objects.exists()


def test_a_case_that_is_held_and_resumed_is_told_the_tightest_alone(case, lucie):
    karim = make_moderator()
    alerts.send_due(AT - timedelta(days=30))
    moderation.hold(case, karim, "À vérifier")
    alerts.send_due(AT - timedelta(days=7))
    moderation.resume(case, karim)
    alerts.send_due(AT - timedelta(days=1, hours=12))
    assert thresholds(case) == ["30d", "2d"]


def test_a_postponed_date_is_told_anew_and_its_old_one_no_more(case, lucie):
    alerts.send_due(AT - timedelta(days=7))
    milestone = case.milestones.get()
    milestones.postpone(milestone, AT + timedelta(days=3), None, "Sursis")
    assert alerts.send_due(AT - timedelta(days=4)) == 1
    assert alerts.send_due(AT - timedelta(days=4)) == 0
    assert thresholds(case) == ["7d", "7d"]
    assert "vendredi 21 mai" in mail.outbox[-1].body


def test_a_cancelled_date_is_told_no_more(case, lucie):
    case.milestones.update(cancelled_at=timezone.now(), cancelled_reason="Désistement")
    assert alerts.send_due(AT - timedelta(days=1)) == 0


def test_moderators_are_told_near_the_date_alone(case, lucie):
    karim = make_moderator()
    make_moderator("Ancien Modérateur").delete()
    gone = make_moderator("Parti Modérateur")
    gone.is_active = False
    gone.save()
    make_user("Autre Personnel", is_staff=True)
    sent = []
    for before in (timedelta(days=30), timedelta(days=7), timedelta(days=2), timedelta(hours=24)):
        alerts.send_due(AT - before)
        sent.append(sorted(message.to[0] for message in mail.outbox))
        mail.outbox.clear()
    both = sorted([karim.email, lucie.email])
    assert sent == [[lucie.email], [lucie.email], both, both]


def test_a_moderator_of_the_team_gets_one_mail_and_a_closed_account_none(case):
    karim = make_moderator()
    karim.groups.add(Group.objects.create(name="Autre groupe"))
    for mine in (case, make_case()):
        CaseMember.objects.create(case=mine, user=karim, role="other")
    closed = make_member(case, "Compte Fermé")
    closed.is_active = False
    closed.save()
    alerts.send_due(AT - timedelta(hours=2))
    assert [message.to for message in mail.outbox] == [[karim.email]]


def test_two_workers_at_once_send_one_mail(case, lucie):
    start, claimed = threading.Barrier(2, timeout=30), []

    def work():
        try:
            start.wait()
            claimed.append(alerts.send_due(AT - timedelta(days=7)))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _worker in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(claimed) == [0, 1]
    assert len(mail.outbox) == 1


def test_a_case_that_is_held_while_one_looks_warns_nobody(case, lucie):
    claimed = []

    def work():
        try:
            claimed.append(alerts.send_due(AT - timedelta(days=7)))
        finally:
            connection.close()

    worker = threading.Thread(target=work)
    with transaction.atomic():
        Case.objects.filter(pk=case.pk).update(status=CaseStatus.HELD)
        worker.start()
        while worker.is_alive() and not waiting_for_a_lock():
            pass
    worker.join()
    assert claimed == [0]
    assert not mail.outbox


def waiting_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)")
        return cursor.fetchone()[0]


def test_a_mail_server_that_is_down_stops_nothing_and_is_not_tried_for_ever(case, lucie, settings, closed_port):
    other = make_case_due()
    make_member(other)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", closed_port
    assert alerts.send_due(AT - timedelta(days=7)) == 2
    assert thresholds(case) == thresholds(other) == ["7d"]


@pytest.fixture
def closed_port():
    import socket

    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound and not listening: nothing answers here
        yield held.getsockname()[1]


def test_looking_costs_the_same_however_many_cases_have_nothing_due():
    counts = []
    for _round in range(2):
        for _case in range(3):
            make_case_due()
        with CaptureQueriesContext(connection) as queries:
            assert alerts.send_due(AT - timedelta(days=40)) == 0
        counts.append(len(queries))
        ClockAlert.objects.bulk_create(
            ClockAlert(milestone=milestone, at=AT, threshold="30d")
            for milestone in Milestone.objects.filter(alerts__isnull=True)
        )
        with CaptureQueriesContext(connection) as queries:
            assert alerts.send_due(AT - timedelta(days=20)) == 0
        counts.append(len(queries))
    assert counts == [1, 2, 1, 2]


def test_the_clocks_own_task_sends_them():
    case = make_case(days_left=1.5)
    make_member(case)
    tasks.send_clock_alerts()
    assert thresholds(case) == ["2d"]

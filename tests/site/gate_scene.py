"""Lives of cases, walked through the product's own doors, for the gate to read every mail that leaves on the way."""

import email
import email.policy
import logging
import re
from dataclasses import dataclass, field
from datetime import timedelta
from smtplib import SMTPRecipientsRefused

from django.conf import settings
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.test.signals import template_rendered
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from campaigns import following_up, job_requests
from campaigns.models import Case, HeldText, JobRequest, Reply, User
from campaigns.models.place import searchable
from i4emploi_site.lib.times import PARIS
from tests.campaigns import job_scene, test_leads, test_replies
from tests.campaigns.test_desk import change_form
from tests.campaigns.test_filing import PROCEDURE, SITE, STORY, begin, deadline
from tests.cast import make_moderator

MAILS = re.compile(r"(?:.*/mail/|account/email/).+\.txt")
SPEAKER = {"speaker": "Maire, tenu au courant par le dirigeant, qui m’y autorise"}


@dataclass
class Left:
    """One mail as it left: the templates that made it, whom it reached, and all that its bytes say."""

    templates: frozenset[str]
    to: list[str]
    headers: str  # without To
    words: str

    def tells(self, secret: str) -> bool:
        """However it is cut, cased, accented or hyphenated; a mailbox or a slug tells a name too."""
        return squeezed(secret) in squeezed(self.headers + self.words)


def squeezed(text: str) -> str:
    return searchable(text).replace(" ", "")


def logged(record: logging.LogRecord) -> str:
    """As it is written: the message, and the trace of what broke."""
    return logging.Formatter("%(name)s %(message)s").format(record)


class Recorder:
    """Which mail templates were rendered since the last mail left; a loop over readers sends the same ones again."""

    def __init__(self):
        self.mails: list[Left] = []
        self.rendered: set[str] = set()
        self._batch: set[str] = set()
        self._sent = False

    def see(self, template, **_more) -> None:
        if MAILS.fullmatch(template.name or ""):
            self._batch = {template.name} if self._sent else self._batch | {template.name}
            self._sent = False
            self.rendered.add(template.name)

    def forget(self) -> None:
        """What was written for readers of whom there are none."""
        self._batch = set()

    def keep(self, message: mail.EmailMessage) -> None:
        self.mails.append(read(message, frozenset(self._batch)))
        self._sent = True


def read(message: mail.EmailMessage, templates: frozenset[str] = frozenset()) -> Left:
    parsed = email.message_from_bytes(message.message().as_bytes(), policy=email.policy.default)
    headers = "\n".join(f"{name}: {value}" for name, value in parsed.items() if name != "To")
    words = "\n".join(part.get_content() for part in parsed.walk() if part.get_content_maintype() == "text")
    others = [part.get_content_type() for part in parsed.walk() if not part.is_multipart()]
    assert all(kind.startswith("text/") for kind in others), f"{others}: say here how to read it"
    return Left(templates, message.recipients(), headers, words)


class RecordingBackend(EmailBackend):
    recorder = Recorder()

    def send_messages(self, messages):
        for message in messages:
            self.recorder.keep(message)
        return super().send_messages(messages)


class BrokenBackend(RecordingBackend):
    """Whoever has a reader's eyes still sees the mail; the product is told that it did not leave, and to whom."""

    def send_messages(self, messages):
        super().send_messages(messages)
        raise SMTPRecipientsRefused({address: (550, b"unknown") for one in messages for address in one.to})


class KilledBackend(BaseEmailBackend):
    """The worker is killed before the mail server has the mail: nothing of Python's catches it."""

    def send_messages(self, messages):
        raise SystemExit(9)


@dataclass
class Scene:
    """Who is who, and what has left so far."""

    recorder: Recorder
    moderator: User = field(default_factory=make_moderator)
    filers: dict[int, str] = field(default_factory=dict)  # the case: its filer's mailbox
    secrets: list[str] = field(default_factory=list)  # what no mail says to anybody
    confidential: list[str] = field(default_factory=list)  # companies that no stranger reads of
    since: int = 0  # the mails before it left while all was public

    @property
    def desk(self) -> Client:
        return signed_in(self.moderator)

    @property
    def mails(self) -> list[Left]:
        return self.recorder.mails[self.since :]

    def insiders(self) -> set[str]:
        """Filers, their teams and the moderators: anybody else is a stranger."""
        users = User.objects.filter(memberships__isnull=False) | User.objects.moderators()
        return {*self.filers.values(), *users.values_list("email", flat=True)}


def recorded() -> Recorder:
    """From here on, every mail and the templates that it was made of. Disconnect `see` at the end."""
    recorder = RecordingBackend.recorder = Recorder()
    template_rendered.connect(recorder.see)
    return recorder


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


# --- steps ----------------------------------------------------------------------------------------------------------


def file_case(scene: Scene, company: str, filer: dict, **procedure: str) -> Case:
    """Filed in its steps, with a deadline near enough for a warning; sent, and its address confirmed."""
    client, soon = Client(), timezone.now().astimezone(PARIS) + timedelta(hours=30)
    filing = begin(client)
    due = deadline(milestone_date=soon.date().isoformat(), milestone_time=f"{soon:%H:%M}")
    site = SITE | {"company_name": company, "siren": ""}
    for step, given in enumerate([site, due, PROCEDURE | procedure, STORY, filer | SPEAKER], start=1):
        answer = client.post(f"{filing}{step}/", given)
        assert answer.status_code == 302, answer.context["form"].errors
    assert client.post(f"{filing}6/").status_code == 302
    assert client.post(link(r"/deposer/confirmer/\S+")).status_code < 400
    case = Case.objects.get(company_name=company)
    assert case.filer_email_confirmed_at
    scene.filers[case.pk] = filer["filer_email"].lower()
    return case


def link(pattern: str) -> str:
    """Of the latest mail that has one."""
    found = [match.group() for message in mail.outbox if (match := re.search(pattern, message.body))]
    return found[-1]


def decide(scene: Scene, model: str, pk: int, decision: str, **given: str) -> None:
    answer = scene.desk.post(f"/admin/campaigns/{model}/{pk}/decider/{decision}/", given)
    assert answer.status_code == 302, answer.content.decode()


def ask_changes(scene: Scene, case: Case) -> None:
    decide(scene, "case", case.pk, "ask_changes", reason="Donnez la source du chiffre.")
    assert Client().post(link(r"/deposer/[^/\s]+/6/")).status_code == 302


def add_member(scene: Scene, case: Case, address: str) -> User:
    form = {"email": address, "role": "elected"}
    assert scene.desk.post(reverse("team_members", args=[case.slug]), form).status_code == 302
    return User.objects.get(email=address)


def publish(scene: Scene, case: Case) -> None:
    decide(scene, "case", case.pk, "publish")
    case.refresh_from_db()
    assert case.is_running


def visit(case: Case) -> None:
    """What strangers leave: a lead, a right of reply, an error, a job request."""
    anybody = Client()
    anybody.post(reverse("lead_new", args=[case.slug]), test_leads.filled())
    for kind, name in (("reply", "dora"), ("correction", "denis")):
        given = test_replies.filled(kind=kind, email=f"{name}@exemple.example")
        anybody.post(test_replies.page(case), given)
    anybody.post(f"{job_scene.FORM}?dossier={case.slug}", job_scene.filled())


def wake_everything() -> None:
    """Every task that beat would wake, whatever its hour."""
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        import_string(entry["task"])(*entry.get("args", ()))


# --- what waits for moderators --------------------------------------------------------------------------------------


def decide_texts(scene: Scene, decision: str) -> None:
    for held in HeldText.objects.filter(state="pending"):
        decide(scene, "heldtext", held.pk, decision)


def refuse_replies(scene: Scene) -> None:
    for reply in Reply.objects.filter(state="waiting"):
        decide(scene, "reply", reply.pk, "refuser", reason="Le passage est exact.")


def hide(scene: Scene, case: Case) -> None:
    """A public case is held, and its stage becomes confidential: from here on no stranger reads of it."""
    decide(scene, "case", case.pk, "hold", reason="Une procédure amiable s’ouvre.")
    address = f"/admin/campaigns/case/{case.pk}/change/"
    sent = change_form(scene.desk, case) | {"stage": "conciliation", "correction": "Changement d’étape."}
    assert scene.desk.post(address, sent).status_code == 302
    case.refresh_from_db()
    assert (case.status, case.stage) == ("held", "conciliation")
    scene.confidential.append(case.company_name)
    scene.since = len(scene.recorder.mails)


def seek_a_job(scene: Scene, *decisions: tuple[str, dict]) -> JobRequest:
    """Asked and confirmed by mail, then decided at the desk."""
    before = set(JobRequest.objects.values_list("pk", flat=True))
    Client().post(job_scene.FORM, job_scene.filled())
    row = JobRequest.objects.exclude(pk__in=before).get()
    Client().post(link(r"/emploi/gerer/\S+"), {"go": "confirm"})
    for decision, given in decisions:
        decide(scene, "jobrequest", row.pk, decision, **given)
    row.refresh_from_db()
    return row


def follow_up(days: int) -> None:
    assert following_up.ask_due(timezone.now() + timedelta(days=days))


def remind_seekers() -> None:
    job_requests.end_due(timezone.now() + job_requests.PUBLISHED_FOR - timedelta(days=1))

"""What a moderator asks before publishing, what the filer answers them, and what changed in the case meanwhile."""

from django.utils.translation import gettext as _

from campaigns.models import Case, CaseStatus, CaseTransition
from i4emploi_site.lib.vault import keyed_digest

# what a moderator reads of a case; the rest of its page is facts, dates and documents
COLUMNS = (
    "company_name", "siren", "commune", "address", "sector", "naf_code", "stage", "court", "practitioner", "summary",
    "story", "needs", "filer_name", "filer_role", "evidence_url",
)  # fmt: skip
ROWS = ("facts", "milestones", "documents")


def asked(case: Case) -> CaseTransition | None:
    """The question that waits for its filer's answer."""
    return last(case) if case.status == CaseStatus.CHANGES_ASKED else None


def last(case: Case) -> CaseTransition | None:
    return case.transitions.filter(to_status=CaseStatus.CHANGES_ASKED).last()


def answer(case: Case, text: str) -> None:
    """Keep what the filer answers the moderators; it is theirs alone to read, once the case is sent again."""
    if question := asked(case):
        CaseTransition.objects.filter(pk=question.pk).update(answer=text)


def sent_answer(question: CaseTransition) -> str:
    """What the filer answered, once the case was sent with it: until then it may still name who keeps a pseudonym."""
    sent = question.case.transitions.filter(to_status=CaseStatus.SUBMITTED, pk__gt=question.pk)
    return question.answer if question.answer and sent.exists() else ""


def as_read(case: Case) -> dict[str, str]:
    """A digest of each thing that is read: what it said is not kept, it may be a name that a seal hides later."""
    told = {name: getattr(case, name) for name in COLUMNS} | {"commune": case.commune_id}
    told |= {name: list(getattr(case, name).order_by("pk").values_list()) for name in ROWS}
    return {name: keyed_digest(repr(said)) for name, said in told.items()}


def changed_since(question: CaseTransition) -> list[str]:
    """The names, for people, of what is no longer as it was when the question was asked."""
    now = as_read(question.case)
    changed = [name for name, digest in question.read.items() if now.get(name) != digest]
    return list(dict.fromkeys(_title(question.case, name) for name in now if name in changed))


def _title(case: Case, name: str) -> str:
    if name in ("filer_name", "filer_role"):  # on screen their own names speak to the filer
        return _("qui dépose")
    if name in ROWS:
        return str(getattr(case, name).model._meta.verbose_name_plural)
    return str(getattr(case._meta.get_field(name), "verbose_name", name))

"""The forms of the filing steps. Their field names are part of the contract: tests and the demo fill them."""

from collections.abc import Callable

from django import forms

from campaigns import filing
from campaigns.forms.filing.answer import AnswerForm
from campaigns.forms.filing.deadline import DeadlineForm
from campaigns.forms.filing.filer import AddressForm, FilerForm
from campaigns.forms.filing.procedure import ProcedureForm
from campaigns.forms.filing.site import SiteForm
from campaigns.forms.filing.story import StoryForm
from campaigns.models import Case
from i4emploi_site.lib.times import PARIS

__all__ = ["FORMS", "AddressForm", "AnswerForm", "initial_of"]

FORMS: dict[int, Callable[..., forms.Form]] = {
    1: SiteForm,
    2: DeadlineForm,
    3: ProcedureForm,
    4: StoryForm,
    5: FilerForm,
}


def initial_of(case: Case, step: int) -> dict:
    """What the case already says, as the step's form shows it."""
    values = {name: getattr(case, name) for name in filing.COLUMNS[step]}
    if step == 1:
        values |= {"commune": str(case.commune) if case.commune else "", "commune_code": case.commune_id or ""}
    elif step == 2:
        values |= _jobs(case) | _milestone(case)
    elif step == 5:
        in_clear = {} if case.pseudonymous else {"filer_name": case.filer_name, "filer_email": case.filer_email}
        pseudonym = {"pseudonymous": case.pseudonymous, "pseudonym": case.filer_name if case.pseudonymous else ""}
        attested = {"attested": case.attested_at is not None}
        values |= {"filer_role": case.filer_role} | in_clear | pseudonym | attested
    return values


def _jobs(case: Case) -> dict:
    if not (fact := filing.filed_fact(case)):
        return {}
    jobs = int(fact.value) if fact.value is not None else None
    return {"jobs": jobs, "jobs_source": fact.source_label, "jobs_source_url": fact.source_url}


def _milestone(case: Case) -> dict:
    if not (milestone := filing.filed_milestone(case)):
        return {}
    local = milestone.at.astimezone(PARIS)
    return {
        "milestone_kind": milestone.kind,
        "milestone_date": local.date(),
        "milestone_time": None if milestone.note else local.time().replace(second=0, microsecond=0),
        "milestone_authority": milestone.authority,
        "milestone_source": milestone.source_label,
        "milestone_source_url": milestone.source_url,
    }

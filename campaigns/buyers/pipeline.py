"""The way of a lead: which stage may follow which, and how many leads stand at each."""

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from campaigns.models import Case, Lead, LeadStage, LeadStep, User

S = LeadStage
# Who has filed an offer is bound by it until the judgment (art. L642-2 V): no « Sans suite » from there on.
# The letter is optional, and so is an improvement: an offer may be improved, it need not be (art. R642-1).
NEXT_STAGES: dict[str, tuple[str, ...]] = {
    S.REPORTED: (S.INTEREST, S.DROPPED),
    S.INTEREST: (S.INTRODUCED, S.DROPPED),
    S.INTRODUCED: (S.NDA, S.DROPPED),
    S.NDA: (S.DATA_ROOM, S.DROPPED),
    S.DATA_ROOM: (S.VISIT, S.DROPPED),
    S.VISIT: (S.LETTER, S.OFFER, S.DROPPED),
    S.LETTER: (S.OFFER, S.DROPPED),
    S.OFFER: (S.IMPROVED, S.HEARING),
    S.IMPROVED: (S.HEARING,),
    S.HEARING: (S.CHOSEN, S.NOT_CHOSEN),
    S.CHOSEN: (),
    S.NOT_CHOSEN: (),
    S.DROPPED: (),
}


class MoveRefused(Exception):
    """The lead stays where it is; the message is for people."""


class Stale(MoveRefused):
    """Somebody moved the lead meanwhile: what was seen is no longer so."""


def next_stages(lead: Lead) -> list[LeadStage]:
    return [LeadStage(stage) for stage in NEXT_STAGES[lead.stage]]


def move(lead: Lead, stage: str, by: User | None, note: str = "") -> None:
    """Move a lead from the stage that `lead` shows to `stage`. Raises MoveRefused, or Stale when it is elsewhere by now."""
    if stage not in NEXT_STAGES[lead.stage]:
        raise MoveRefused(_("Cette étape ne suit pas « %(stage)s ».") % {"stage": lead.get_stage_display()})
    if stage != LeadStage.DROPPED and not lead.declaration:
        raise MoveRefused(_("La déclaration sur l’honneur (art. L642-3) manque : la piste ne peut pas avancer."))
    with transaction.atomic():
        if not Lead.objects.filter(pk=lead.pk, stage=lead.stage).update(stage=stage):
            raise Stale(_("Cette piste a changé d’étape entre-temps : voici où elle en est."))
        LeadStep.objects.create(lead=lead, stage=stage, by=by, note=note)
    lead.stage = stage


def funnel(case: Case) -> list[tuple[str, int]]:
    """How many leads stand at each stage, in the order of the pipeline, stages without leads left out."""
    standing = dict(Lead.objects.filter(case=case).order_by().values_list("stage").annotate(Count("pk")))
    return [(stage.label, standing[stage.value]) for stage in LeadStage if stage.value in standing]

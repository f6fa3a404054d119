"""The way of a lead (domain: art. L642-2): what may follow what, and the funnel that the public may count."""

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.models import Case, Lead, LeadStage, LeadStep, User

ORDER: list[str] = [
    LeadStage.REPORTED,
    LeadStage.INTEREST,
    LeadStage.INTRODUCED,
    LeadStage.NDA,
    LeadStage.DATA_ROOM,
    LeadStage.VISIT,
    LeadStage.LETTER,
    LeadStage.OFFER,
    LeadStage.IMPROVED,
    LeadStage.HEARING,
]
NEXT: dict[str, tuple[str, ...]] = {
    LeadStage.REPORTED: (LeadStage.INTEREST, LeadStage.DROPPED),
    LeadStage.INTEREST: (LeadStage.INTRODUCED, LeadStage.DROPPED),
    LeadStage.INTRODUCED: (LeadStage.NDA, LeadStage.VISIT, LeadStage.DROPPED),
    LeadStage.NDA: (LeadStage.DATA_ROOM, LeadStage.VISIT, LeadStage.DROPPED),
    LeadStage.DATA_ROOM: (LeadStage.VISIT, LeadStage.LETTER, LeadStage.OFFER, LeadStage.DROPPED),
    LeadStage.VISIT: (LeadStage.LETTER, LeadStage.OFFER, LeadStage.DROPPED),
    LeadStage.LETTER: (LeadStage.OFFER, LeadStage.DROPPED),
    LeadStage.OFFER: (LeadStage.IMPROVED, LeadStage.HEARING),
    LeadStage.IMPROVED: (LeadStage.HEARING,),
    LeadStage.HEARING: (LeadStage.CHOSEN, LeadStage.NOT_CHOSEN),
    LeadStage.CHOSEN: (),
    LeadStage.NOT_CHOSEN: (),
    LeadStage.DROPPED: (),
}
AFTER_HEARING = (LeadStage.CHOSEN, LeadStage.NOT_CHOSEN)
PUBLIC_FUNNEL = (LeadStage.INTEREST, LeadStage.INTRODUCED, LeadStage.VISIT, LeadStage.OFFER)


class NotAllowed(Exception):
    """The move is not one of the next steps; the message is for people."""


def move(lead: Lead, stage: str, by: User | None, note: str = "") -> bool:
    """Move a lead from the stage that the caller saw. Returns False when somebody moved it first."""
    if stage not in NEXT[lead.stage]:
        raise NotAllowed(_("Cette étape ne peut pas suivre « %(stage)s ».") % {"stage": lead.get_stage_display()})
    if stage != LeadStage.DROPPED and not lead.declaration:
        raise NotAllowed(_("La déclaration sur l’honneur (art. L642-3) manque : la piste ne peut pas avancer."))
    with transaction.atomic():
        if not Lead.objects.filter(pk=lead.pk, stage=lead.stage).update(stage=stage):
            return False
        LeadStep.objects.create(lead=lead, stage=stage, by=by, note=note)
    lead.stage = stage
    return True


def next_stages(lead: Lead) -> list[LeadStage]:
    return [LeadStage(stage) for stage in NEXT[lead.stage]]


def funnel(case: Case) -> list[tuple[str, int]]:
    """How many leads came at least as far as each public stage; a dropped one counts as far as it came."""
    furthest: dict[int, int] = {}
    for lead_id, stage in LeadStep.objects.filter(lead__case=case).values_list("lead_id", "stage"):
        rank = len(ORDER) if stage in AFTER_HEARING else ORDER.index(stage) if stage in ORDER else -1
        furthest[lead_id] = max(furthest.get(lead_id, -1), rank)
    return [
        (str(LeadStage(stage).label), sum(rank >= ORDER.index(stage) for rank in furthest.values()))
        for stage in PUBLIC_FUNNEL
    ]

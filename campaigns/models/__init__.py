from campaigns.models.case import (
    CONFIDENTIAL_STAGES,
    TRANSITIONS,
    Case,
    CaseStatus,
    CaseTransition,
    Outcome,
    Stage,
)
from campaigns.models.fact import Fact, FactKind, Unit
from campaigns.models.figure import CaseFigures, FigurePoint
from campaigns.models.lead import BuyerType, Lead, LeadStage, LeadStep
from campaigns.models.link import Click, ClickKind, LinkKind, ShortLink
from campaigns.models.milestone import Authority, Confidence, Milestone, MilestoneKind, Postponement
from campaigns.models.people import CaseMember, FilerRole, User
from campaigns.models.place import DEPARTEMENTS, REGIONS, Commune
from campaigns.models.update import CaseUpdate

__all__ = [
    "CONFIDENTIAL_STAGES",
    "DEPARTEMENTS",
    "REGIONS",
    "TRANSITIONS",
    "Authority",
    "BuyerType",
    "Case",
    "CaseFigures",
    "CaseMember",
    "CaseStatus",
    "CaseTransition",
    "CaseUpdate",
    "Click",
    "ClickKind",
    "Commune",
    "Confidence",
    "Fact",
    "FactKind",
    "FigurePoint",
    "FilerRole",
    "Lead",
    "LeadStage",
    "LeadStep",
    "LinkKind",
    "Milestone",
    "MilestoneKind",
    "Outcome",
    "Postponement",
    "ShortLink",
    "Stage",
    "Unit",
    "User",
]

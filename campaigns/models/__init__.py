from campaigns.models.aftermath import FOLLOW_UP_MONTHS, FollowUp, JobRequest, JobRequestState
from campaigns.models.case import (
    CONFIDENTIAL_STAGES,
    TRANSITIONS,
    UNDER_WAY,
    Case,
    CaseStatus,
    CaseTransition,
    FormerSlug,
    Nomenclature,
    Outcome,
    Stage,
)
from campaigns.models.contact import ActorContact, PublicActor
from campaigns.models.document import Document, DocumentKind
from campaigns.models.fact import Fact, FactKind, Unit
from campaigns.models.figure import CaseFigures, FigurePoint
from campaigns.models.held import HeldState, HeldText
from campaigns.models.identity import ElectedOfficial, IdentityOpening, SealedIdentity, TownHallCheck
from campaigns.models.lead import BuyerType, Lead, LeadStage, LeadStep
from campaigns.models.link import Click, ClickKind, LinkKind, ShortLink
from campaigns.models.milestone import Authority, ClockAlert, Confidence, Milestone, MilestoneKind, Postponement
from campaigns.models.notice import Notice, NoticeKind, OpeningState, RadarOpening, RegisterReading
from campaigns.models.people import CaseMember, FilerRole, User
from campaigns.models.place import DEPARTEMENTS, REGIONS, Commune
from campaigns.models.proposal import Proposal, ProposalKind, ProposalOrigin, ProposalState
from campaigns.models.update import (
    CaseUpdate,
    LineKind,
    Reply,
    ReplyKind,
    ReplyState,
    TextVersion,
    UpdatePhoto,
    UpdateState,
)

__all__ = [
    "CONFIDENTIAL_STAGES",
    "DEPARTEMENTS",
    "FOLLOW_UP_MONTHS",
    "REGIONS",
    "TRANSITIONS",
    "UNDER_WAY",
    "ActorContact",
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
    "ClockAlert",
    "Commune",
    "Confidence",
    "Document",
    "DocumentKind",
    "ElectedOfficial",
    "Fact",
    "FactKind",
    "FigurePoint",
    "FilerRole",
    "FollowUp",
    "FormerSlug",
    "HeldState",
    "HeldText",
    "IdentityOpening",
    "JobRequest",
    "JobRequestState",
    "Lead",
    "LeadStage",
    "LeadStep",
    "LineKind",
    "LinkKind",
    "Milestone",
    "MilestoneKind",
    "Nomenclature",
    "Notice",
    "NoticeKind",
    "OpeningState",
    "Outcome",
    "Postponement",
    "Proposal",
    "ProposalKind",
    "ProposalOrigin",
    "ProposalState",
    "PublicActor",
    "RadarOpening",
    "RegisterReading",
    "Reply",
    "ReplyKind",
    "ReplyState",
    "SealedIdentity",
    "ShortLink",
    "Stage",
    "TextVersion",
    "TownHallCheck",
    "Unit",
    "UpdatePhoto",
    "UpdateState",
    "User",
]

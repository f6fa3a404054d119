from influencers.models.account import AccountState, Network, NetworkAccount, NetworkApp
from influencers.models.broadcast import Broadcast, BroadcastMove, BroadcastState, Stop, StopCause
from influencers.models.cooldown import Cooldown
from influencers.models.drill import DRILL_HOURS, LAST_DRILL, Drill, DrillLine, Readiness
from influencers.models.influencer import DEPARTEMENT_CHOICES, Influencer
from influencers.models.notice import Notice
from influencers.models.pledge import Pledge, PledgeMode, PledgeScope
from influencers.models.post import (
    NOT_SENT_STATES,
    OPEN_STATES,
    TRANSITIONS,
    Delivery,
    Evidence,
    Failure,
    Post,
    PostKind,
    PostMetric,
    PostState,
)
from influencers.models.spend import Budget, CaseCap, PaidCall, Spend

__all__ = [
    "DEPARTEMENT_CHOICES",
    "DRILL_HOURS",
    "LAST_DRILL",
    "NOT_SENT_STATES",
    "OPEN_STATES",
    "TRANSITIONS",
    "AccountState",
    "Broadcast",
    "BroadcastMove",
    "BroadcastState",
    "Budget",
    "CaseCap",
    "Cooldown",
    "Delivery",
    "Drill",
    "DrillLine",
    "Evidence",
    "Failure",
    "Influencer",
    "Network",
    "NetworkAccount",
    "NetworkApp",
    "Notice",
    "PaidCall",
    "Pledge",
    "PledgeMode",
    "PledgeScope",
    "Post",
    "PostKind",
    "PostMetric",
    "PostState",
    "Readiness",
    "Spend",
    "Stop",
    "StopCause",
]

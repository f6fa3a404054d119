"""How a case is relayed, through the product's own doors, for the gate to read what is mailed on the way."""

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from campaigns.models import Case, User
from i4emploi_site.lib.times import PARIS
from influencers import tasks
from influencers.models import AccountState, Broadcast, Network, NetworkAccount, Post, PostState
from tests.cast import make_account, make_influencer, make_pledge
from tests.influencers.scene import broadcast_of
from tests.influencers.test_pledging import WORDS
from tests.site.gate_scene import RecordingBackend, signed_in


def relay(case: Case, team: User) -> Post:
    """Somebody pledges by hand-sent posts, and the team schedules a broadcast that is now due."""
    influencer = make_influencer()
    account, engaged = make_account(influencer), signed_in(influencer.user)
    page = reverse("pledge_new", args=[case.slug])
    seen = {"account": account.pk, "mode": "own_words", "seen": engaged.get(page).context["statement"]}
    held = engaged.post(page, seen | {"text": "La conciliation de Meymac a échoué, dit-on au marché : {lien}"})
    assert held.status_code == 200, "words that wait for a moderator"
    assert engaged.post(page, seen | {"text": WORDS}).status_code == 302
    schedule(case, team, timezone.now() + timedelta(hours=3))
    RecordingBackend.recorder.forget()
    tasks.tell_slots()
    Post.objects.filter(case=case).update(due_at=timezone.now() - timedelta(minutes=1))
    return Post.objects.get(case=case)


def drill(case: Case, team: User) -> None:
    """Another broadcast, a day ahead: an account in it is to be reconnected."""
    influencer = make_influencer("Inès Déconnectée")
    account = make_account(influencer, Network.MASTODON)
    make_pledge(influencer, account, case)
    made = schedule(case, team, timezone.now() + timedelta(hours=25))
    NetworkAccount.objects.filter(pk=account.pk).update(state=AccountState.REVOKED)
    Broadcast.objects.filter(pk=made.pk).update(at=timezone.now() + timedelta(hours=23))


def schedule(case: Case, team: User, at: datetime) -> Broadcast:
    worker, at = signed_in(team), at.astimezone(PARIS)
    text = f"{case.company_name} attend un repreneur. {{lien}}"
    form = {"text": text, "at": f"{at:%Y-%m-%dT%H:%M}", "spread_minutes": "0"}
    worker.post(reverse("broadcast_new", args=[case.slug]), form)
    made = Broadcast.objects.filter(case=case).latest("created_at")
    worker.post(reverse("broadcast_schedule", args=[made.pk]))
    return made


def fall_through(case: Case, team: User) -> None:
    """Two more people pledge: the team takes the slot of one back; of the other's post nobody knows whether it landed."""
    for name in ("Omar", "Rose"):
        influencer = make_influencer(name)
        make_pledge(influencer, make_account(influencer), case)
    made = broadcast_of(case)
    of_omar, of_rose = made.posts.filter(pledge__isnull=False).order_by("pledge_id")
    soon = timezone.now() + timedelta(hours=2)
    made.posts.update(due_at=soon)
    tasks.tell_slots()
    signed_in(team).post(reverse("post_stop", args=[of_omar.pk]), {"reason": "Ce texte est à revoir."})
    tasks.tell_slots()
    since = timezone.now() - timedelta(minutes=20)
    Post.objects.filter(pk=of_rose.pk).update(state=PostState.UNCONFIRMED, doubtful_since=since, due_at=soon)
    tasks.ask_owners()

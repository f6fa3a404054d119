"""Whatever happens, in whatever order: posts move by the table alone, nothing leaves twice, nothing waits for nobody.

Real PostgreSQL, where a trigger writes down each change of state; the sandbox X over HTTP, whose ledger is the truth.
"""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from campaigns.models import Case, CaseStatus
from i4emploi_site.demo.sandbox.world import Fault
from influencers import claiming, clearing, doubting, pledging, publishing, recognising, reconciling, settling, stopping
from influencers.models import (
    TRANSITIONS,
    Broadcast,
    Cooldown,
    Delivery,
    Evidence,
    NetworkAccount,
    Post,
    PostState,
    Stop,
)
from influencers.networks import base
from tests.cast import make_case, make_influencer, make_moderator, make_pledge
from tests.influencers.scene import account_on, broadcast_of
from tests.influencers.tap_scene import by_hand

pytestmark = pytest.mark.django_db

WATCH = """
    CREATE TEMP TABLE moves (id serial, post uuid, was text, became text) ON COMMIT DROP;
    CREATE FUNCTION note_move() RETURNS trigger AS $$ BEGIN
        INSERT INTO moves (post, was, became) VALUES (NEW.id, OLD.state, NEW.state); RETURN NEW;
    END $$ LANGUAGE plpgsql;
    CREATE TRIGGER note_move AFTER UPDATE OF state ON influencers_post FOR EACH ROW
        WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION note_move();
"""
NOT_DONE = ["429", "429-app", "401", "400", "locked", "scope"]
NETWORK_STOPS = ["402", "app-suspended"]
IN_DOUBT = ["500", "503", "drop", "created-then-drop", "malformed"]
ENDED = [PostState.PUBLISHED, PostState.FAILED, PostState.CANCELLED, PostState.EXPIRED]
PEOPLE = 9  # of whom the first publishes by hand
waits = st.sampled_from([timedelta(seconds=seconds) for seconds in (130, 500, 4000)])
posts = st.integers(0, PEOPLE)  # the campaign's own is among them


class Life(RuleBasedStateMachine):
    network = None  # the sandbox X

    def __init__(self):
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()
        self.network.reset()
        with connection.cursor() as cursor:
            cursor.execute(WATCH)
        self.case, self.moderator = make_case(), make_moderator()
        account_on(self.network)
        for number in range(PEOPLE):
            influencer = make_influencer(f"Personne {number}")
            make_pledge(influencer, account_on(self.network, influencer), self.case)
        self.broadcast = broadcast_of(self.case)
        self.ids = list(self.broadcast.posts.order_by(F("pledge_id").asc(nulls_last=True)).values_list("pk", flat=True))
        Post.objects.filter(pk=self.ids[0]).update(delivery=Delivery.TAP)
        for number, pk in enumerate(self.ids):  # one comes after the other
            Post.objects.filter(pk=pk).update(due_at=F("due_at") + timedelta(seconds=30 * number**2))
        self.held: list[list[Post]] = []  # what workers claimed before they fell asleep
        self.late: list[tuple[Post, base.Published]] = []  # answers that nobody stored
        self.doubled: list[str] = []  # asked for although it was there: X refuses a copy, and must not need to
        self.network.world.post = self.watched(type(self.network.world).post)
        self.taken_back: dict = {}  # post: how many were on the network when it was wanted no more
        self.seen = 0

    def watched(self, post):
        def count(user, text):
            self.doubled += [text] if text in self.texts() else []
            return post(self.network.world, user, text)

        return count

    def teardown(self):
        try:
            self.everything_comes_to_an_end()
        finally:
            del self.network.world.post
            transaction.set_rollback(True)
            self.example.__exit__(None, None, None)
            self.network.reset()

    # --- what workers do, and how they die ---------------------------------------------------------------------------

    @rule(effects=st.lists(st.sampled_from(["", *NOT_DONE, *IN_DOUBT]), min_size=1, max_size=3), wait=waits)
    def send(self, effects, wait):
        self.take_up_again()
        self.later(wait)
        for effect in effects:
            self.fails(effect)
        publishing.publish_due("x")
        self.forget_faults()

    @rule(wait=waits)
    def send_and_learn_nothing(self, wait):
        self.send(["created-then-drop", "malformed", "drop", "500"], wait)

    @rule(effect=st.sampled_from(NETWORK_STOPS))
    def the_network_stops_us(self, effect):
        self.fails(effect)
        publishing.publish_due("x")
        self.forget_faults()

    @rule()
    def claim_and_fall_asleep(self):
        if claimed := publishing.claim("x", timezone.now()):
            self.held.append(claimed)

    @precondition(lambda self: self.held)
    @rule()
    def wake_up_and_send(self):
        publishing.send(self.held.pop(0))

    @rule(leaves=st.booleans(), wait=waits)
    def die_while_sending(self, leaves, wait):
        """Between the last look and the answer: its request left, or did not."""
        self.take_up_again()
        self.later(wait)
        for cleared in clearing.clear(publishing.claim("x", timezone.now())[:2], timezone.now()):
            if leaves:
                self.late.append((cleared.post, cleared.adapter.publish(cleared.credentials, cleared.intent)))

    @precondition(lambda self: self.late)
    @rule()
    def an_answer_comes_late(self):
        settling.settle_published([self.late.pop(0)], timezone.now())

    @precondition(lambda self: self.held)
    @rule()
    def an_error_comes_late(self):
        settling.settle_error(self.held[0][0], base.Transient("trop tard"), timezone.now())

    @rule(wait=waits)
    def sweep(self, wait):
        self.later(wait)
        claiming.sweep(timezone.now())

    @rule(fails=st.booleans(), wait=waits)
    def look_up(self, fails, wait):
        self.later(wait)
        if fails:
            self.fails("503", 50, "GET")
        reconciling.reconcile_due(timezone.now())
        self.forget_faults()

    def later(self, span):
        """Everything that has an instant is nearer, or older, by so much."""
        instants = ("due_at", "lease_until", "next_read_at", "read_at", "doubtful_since", "published_at")
        Post.objects.update(**{name: F(name) - span for name in instants})
        Broadcast.objects.update(until=F("until") - span)
        Cooldown.objects.update(until=F("until") - span)
        NetworkAccount.objects.update(expires_at=F("expires_at") - span)

    def fails(self, effect, count=1, method="POST"):
        with self.network.world.lock:
            self.network.world.faults.append(Fault("/2/", effect, count, method))

    def forget_faults(self):
        with self.network.world.lock:
            self.network.world.faults.clear()

    # --- what people do ----------------------------------------------------------------------------------------------

    @rule(
        what=st.sampled_from(["post", "post", "pledge", "case", "network", "all", "broadcast", "end", "hide"]),
        number=posts,
    )
    def somebody_intervenes(self, what, number):
        where = {"case": {"case": self.case}, "network": {"network": "x"}, "all": {}}
        if what == "post":
            on_their_way = [place for place, pk in enumerate(self.ids) if pk in self.leaving()]
            number = on_their_way[number % len(on_their_way)] if on_their_way else number
            stopping.stop(self.moderator, "une erreur", post=self.post(number))
            self.takes_back([self.ids[number]])
        elif what == "pledge" and (pledge := self.post(number).pledge):
            pledging.withdraw(pledge, timezone.now())
            self.takes_back([self.ids[number]])
        elif what == "broadcast" and number == 0:
            stopping.stop(self.moderator, "annulée", broadcast=self.broadcast)
            self.takes_back(self.ids)
        elif what == "end":
            Broadcast.objects.filter(until__isnull=True).update(until=timezone.now() + timedelta(minutes=30))
        elif what == "hide" and number == 0:
            Case.objects.filter(pk=self.case.pk).update(status=CaseStatus.HELD)
        elif what in where:
            stopping.stop(self.moderator, "on vérifie", **where[what])

    @rule()
    def take_up_again(self):
        Case.objects.filter(pk=self.case.pk).update(status=CaseStatus.PUBLISHED)
        for stop in Stop.objects.in_force().filter(post__isnull=True, broadcast__isnull=True):
            stopping.lift(stop)

    def leaving(self) -> set:
        return set(Post.objects.filter(state__in=stopping.LEAVING_STATES).values_list("pk", flat=True))

    def takes_back(self, ids):
        for pk in ids:
            self.taken_back.setdefault(pk, self.received(Post.objects.get(pk=pk)))

    @rule(publishes=st.booleans(), fails=st.booleans())
    def who_publishes_by_hand_is_asked_and_looked_for(self, publishes, fails):
        publishing.offer_taps(timezone.now())
        post = self.post(0)
        if publishes and post.state == PostState.OFFERED and not self.received(post):
            by_hand(self.network, post)
        if fails:
            self.fails("503", 50, "GET")
        recognising.recognise_due(timezone.now())
        self.forget_faults()

    @rule(number=posts, sees=st.booleans(), stale=st.booleans())
    def its_owner_answers(self, number, sees, stale):
        """The truth, about the attempt that they were asked about or an older one."""
        post = self.post(number)
        seen = max(post.attempts - stale, 0)
        there = bool(self.received(post))
        if sees:
            self.fails("503", 50, "GET")  # the network itself says nothing
        try:
            if there:
                doubting.say_there(post, seen, "", timezone.now())
            elif not there:
                doubting.say_absent(post, seen, timezone.now())
        except doubting.CannotTell:
            pass
        self.forget_faults()

    # --- what always holds -------------------------------------------------------------------------------------------

    def post(self, number) -> Post:
        read = ("account", "broadcast", "case", "link", "pledge__influencer__user")
        return Post.objects.select_related(*read).get(pk=self.ids[number])

    def received(self, post) -> int:
        return sum(post.link.code in text for text in self.texts())

    def texts(self) -> list[str]:
        with self.network.world.lock:
            return [tweet.text for tweet in self.network.world.tweets.values()]

    @invariant()
    def posts_move_by_the_table(self):
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, was, became FROM moves WHERE id > %s ORDER BY id", [self.seen])
            for number, was, became in cursor.fetchall():
                self.seen = number
                assert became in TRANSITIONS[was], f"{was} became {became}"

    @invariant()
    def nothing_leaves_twice_and_nothing_that_was_taken_back(self):
        assert self.doubled == []
        texts = self.texts()
        for post in Post.objects.select_related("link"):
            landed = sum(post.link.code in text for text in texts)
            assert landed <= 1
            if post.state in (PostState.SCHEDULED, PostState.CLAIMED):
                assert not landed, "what may leave again is not on the network"
            if post.state == PostState.PUBLISHED:
                assert landed == 1
                assert post.evidence == Evidence.OWNER or post.remote_id
            if post.delivery == Delivery.API and post.pk in self.taken_back:
                assert landed == self.taken_back[post.pk]

    @invariant()
    def somebody_or_some_instant_moves_each_open_post_on(self):
        for post in Post.objects.exclude(state__in=ENDED):
            if post.state in (PostState.CLAIMED, PostState.SENDING):
                assert post.lease_until
            elif post.state == PostState.OFFERED:
                assert post.pledge_id
            else:
                assert post.due_at

    def everything_comes_to_an_end(self):
        """Left alone, with networks that answer, nothing is lost: each post ends, or waits for its person."""
        self.take_up_again()
        waiting = Post.objects.exclude(state__in=[*ENDED, PostState.OFFERED])
        for _round in range(12):
            if not waiting.exists():
                break
            self.later(timedelta(hours=13))
            claiming.sweep(timezone.now())
            publishing.offer_taps(timezone.now())
            reconciling.reconcile_due(timezone.now())
            recognising.recognise_due(timezone.now())
            publishing.publish_due("x")
        self.posts_move_by_the_table()
        self.nothing_leaves_twice_and_nothing_that_was_taken_back()
        assert [(post.state, post.detail) for post in waiting] == []


def test_whatever_happens_no_post_is_doubled_lost_or_moved_outside_its_table(sandbox_x, settings):
    settings.SEND_LEASE_SECONDS = 120
    Life.network = sandbox_x
    run_state_machine_as_test(Life, settings=LIVES)


LIVES = settings(
    max_examples=20,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
    phases=[Phase.generate],  # making a failure shorter takes minutes: add Phase.shrink by hand
)

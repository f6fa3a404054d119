"""Each network's own ledger, compared with what was agreed to, withdrawn and stopped, and with what the site says."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from campaigns.models import CaseFigures
from influencers import spending
from influencers.models import Pledge, Post, PostState
from tests.chaos.networks import Ledger
from tests.chaos.people import Minds
from tests.chaos.proxy import Arrival
from tests.chaos.scene import Consent

TOLD_SECONDS = 1.0  # a stop holds within a second
NOT_THERE = {PostState.FAILED, PostState.CANCELLED, PostState.EXPIRED}


@dataclass
class Verdict:
    found: dict[str, list[str]] = field(
        default_factory=lambda: {
            name: []
            for name in (
                "lost", "doubled", "sent_again", "after_withdrawal", "after_stop", "not_agreed", "state_differs", "unconfirmed",
                "forgotten", "money_differs", "figures_differ",
            )
        }
    )  # fmt: skip

    @property
    def holds(self) -> bool:
        return not any(self.found.values())

    def counts(self) -> dict[str, int]:
        return {name: len(rows) for name, rows in self.found.items()}

    def add(self, name: str, consent: Consent, post: Post, why: str) -> None:
        self.found[name].append(
            f"{name}: {consent.network} {consent.author} post {consent.post} {post.state}/{post.failure or '-'} "
            f"attempts {post.attempts} “{post.detail}”: {why}"
        )


def judge(
    consents: Sequence[Consent],
    ledgers: Mapping[str, Ledger],
    arrivals: Mapping[str, Sequence[Arrival]],
    minds: Minds,
) -> Verdict:
    verdict = Verdict()
    posts = Post.objects.in_bulk([consent.post for consent in consents])
    times = {network: _by_author(given) for network, given in arrivals.items()}
    there = {network: Counter(ledger.texts) for network, ledger in ledgers.items()}
    reposts = {network: Counter(ledger.reposts) for network, ledger in ledgers.items()}
    for consent in consents:
        network, author = consent.network, consent.author
        received = there[network][author, consent.text] if consent.text else reposts[network][author]
        came = times[network][author] if consent.pledge else []  # the campaign's accounts write several posts
        _judge_post(verdict, consent, posts[consent.post], received, came, minds)
    for network, given in arrivals.items():
        verdict.found["sent_again"] += [f"sent_again: {network} {line}" for line in _sent_again(given)]
    for line in _not_agreed(consents, there, reposts):
        verdict.found["not_agreed"].append(f"not_agreed: {line}")
    kept = set(Pledge.objects.filter(pk__in=minds.withdrawn, withdrawn_at__isnull=False).values_list("pk", flat=True))
    for pledge in set(minds.withdrawn) - kept:
        verdict.found["forgotten"].append(f"forgotten: the withdrawal of pledge {pledge}, answered with done")
    for case, month, counted, spent in spending.recount():
        verdict.found["money_differs"].append(f"money_differs: case {case} in {month}: {counted}, the ledger {spent}")
    published = Counter(post.case_id for post in posts.values() if post.state == PostState.PUBLISHED)
    for case, shown in CaseFigures.objects.values_list("case", "posts_published"):
        if shown != published[case]:
            verdict.found["figures_differ"].append(f"figures_differ: case {case} shows {shown}, not {published[case]}")
    return verdict


def _judge_post(
    verdict: Verdict, consent: Consent, post: Post, received: int, came: Sequence[Arrival], minds: Minds
) -> None:
    wanted_no_more = {consent.pledge, consent.post, consent.broadcast} & minds.asked
    ended = minds.ended(consent)
    if received > 1:
        verdict.add("doubled", consent, post, f"{received} times")
    if not received and not wanted_no_more:
        verdict.add("lost", consent, post, _story(came))
    if post.state == PostState.UNCONFIRMED:
        verdict.add("unconfirmed", consent, post, _story(came))
    if post.state == PostState.PUBLISHED and not received:
        verdict.add("state_differs", consent, post, f"it is not there; {_story(came)}")
    if post.state in NOT_THERE and received and not (ended and came and came[0].at <= ended + TOLD_SECONDS):
        verdict.add("state_differs", consent, post, f"it is there; {_story(came)}")
    if late := [arrival for arrival in came if ended and arrival.at > ended + TOLD_SECONDS]:
        withdrawn = consent.pledge in minds.withdrawn
        told = f"told done at {ended:.2f}, then {_story(late)}"
        verdict.add("after_withdrawal" if withdrawn else "after_stop", consent, post, told)
    for held in minds.held:
        if held.holds(consent):
            late = [arrival for arrival in came if held.done + TOLD_SECONDS < arrival.at < held.until]
            if late:
                verdict.add("after_stop", consent, post, f"held from {held.done:.2f}, then {_story(late)}")


def _sent_again(arrivals: Sequence[Arrival]) -> Iterator[str]:
    """What was sent once more although it had landed: that a network knows copies is no merit of ours."""
    landed: dict[tuple, Arrival] = {}
    for arrival in sorted(arrivals, key=lambda one: one.at):
        what = (arrival.author, arrival.path, arrival.body)
        if (first := landed.get(what)) and arrival.at > (first.carried_out or 0):
            yield f"{arrival.author} {arrival.path}: landed at {first.carried_out:.2f}, {_story([first, arrival])}"
        if arrival.carried_out:
            landed.setdefault(what, arrival)


def _by_author(arrivals: Sequence[Arrival]) -> dict[str, list[Arrival]]:
    found: dict[str, list[Arrival]] = defaultdict(list)
    for arrival in sorted(arrivals, key=lambda one: one.at):
        found[arrival.author].append(arrival)
    return found


def _story(came: Sequence[Arrival]) -> str:
    return (
        ", ".join(f"{arrival.at:.2f} from {arrival.client} {arrival.fault or 'passed on'}" for arrival in came)
        or "nothing arrived"
    )


def _not_agreed(
    consents: Sequence[Consent], there: Mapping[str, Counter], reposts: Mapping[str, Counter]
) -> Iterator[str]:
    agreed = {(consent.network, consent.author, consent.text) for consent in consents}
    for network, received in there.items():
        for author, text in received:
            if (network, author, text) not in agreed:
                yield f"{network} {author} “{text}”"
    for network, received in reposts.items():
        for author in received:
            if (network, author, "") not in agreed:
                yield f"{network} {author} reposted"

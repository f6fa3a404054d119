"""The demo's orchestrator: sets the stage, lets the journey happen, compares the figures with the networks' ledgers."""

import json
import os
import signal
import sys
import time
from collections import Counter
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import httpx
from django.utils import timezone
from rich.console import Console

from i4emploi_site import env, servers
from i4emploi_site.demo import mastodon_seed, story
from i4emploi_site.demo.journey import FREE, MODERATOR, ON_MASTODON, PEOPLE, Journey, account_of, followers_of
from i4emploi_site.demo.person import Person
from i4emploi_site.demo.processes import Died, Processes, free_port
from i4emploi_site.demo.stage import AlreadyRunning, Stage, open_stage, start_site, start_web

console = Console(stderr=True, highlight=False)


class Difference(Exception):
    """The site and the networks do not say the same; the message shows both."""


@contextmanager
def step(words: str):
    began = time.monotonic()
    with console.status(words):
        yield
    console.print(f"  {words} [dim]{time.monotonic() - began:.1f} s[/]")


def demo(once: bool = False, screenshots: str | None = None) -> int:
    _end_on_sigterm()
    began = time.monotonic()
    try:
        with open_stage(ON_MASTODON) as stage:
            journey = Journey(stage)
            _prepare(stage)
            _walk(journey)
            result = _compare(journey, time.monotonic() - began)
            if screenshots:
                from i4emploi_site.demo.screenshots import take

                take(journey, Path(screenshots))
            elif not once:
                _show(journey)
                _wait(stage.processes)
    except KeyboardInterrupt:
        console.print("Ended.")
        return 0
    except (Died, Difference, AlreadyRunning, TimeoutError) as error:
        console.print(f"[bold]{type(error).__name__}[/]: {error}", markup=True)
        return 1
    finally:
        servers.leave()
    if once:
        print(json.dumps(result))
    return 0


def _prepare(stage: Stage) -> None:
    with step("PostgreSQL and Valkey start from their wheels"):
        servers.start()
        _use_models()
    with step("Tables are made, 34,969 communes loaded, a dozen invented cases added"):
        stage.processes.run("manage.py", "migrate", "--verbosity", "0")
        stage.processes.run("-m", "i4emploi_site.demo.examples", "before")
    with step("Site, workers, beat, sandboxes of X and Bluesky, Mastodon start"):
        start_site(stage)


def _use_models() -> None:
    """From here on this process may ask the database too: the environment of the stage is set."""
    import django

    django.setup()


def _walk(journey: Journey) -> None:
    stage = journey.stage
    with step("Lucie files Meymac and confirms her address"):
        filer = journey.file_case()
    with step("Karim publishes it at the moderators' desk"):
        journey.publish_case()
        stage.processes.run("-m", "i4emploi_site.demo.examples", "after", journey.slug)
    with step("Two people of a plant that was lost ask for a job; Karim publishes it"):
        journey.ask_for_jobs()
        journey.publish_job_requests()
    with step(f"{PEOPLE} influencers join, connect an account, pledge"):
        journey.add_people_to_sandboxes()
        journey.connect_campaign()
        engaged = [journey.pledge(number) for number in range(PEOPLE)]
        _check_job_requests(journey, engaged[0])
    with step("The team schedules a broadcast; workers publish it"):
        journey.broadcast(filer)
        total = PEOPLE + 3  # the campaign's own account speaks on each network
        stage.processes.wait_for(lambda: _posts_done(journey) == total, f"{total} posts are settled", 120)
    with step("People click, robots look, workers read the counters"):
        journey.let_people_click()
        stage.processes.wait_for(lambda: _all_read(journey, None), "every post has been read", 120)
    with step("Three buyers leave a lead"):
        journey.leave_leads(_a_link(stage))
    with step("Figures settle"):
        sandboxes = (stage.sandbox_x, stage.sandbox_bluesky)
        wanted = sum(_ledger(server)["human_clicks"] for server in sandboxes) + len(story.BUYERS)
        stage.processes.wait_for(lambda: _dashboard(journey)["reach"]["clicks"] >= wanted, "clicks are counted", 60)
        for server in sandboxes:
            httpx.post(f"{server}/_sandbox/freeze", timeout=10).raise_for_status()
        frozen_at = timezone.now()
        stage.processes.wait_for(lambda: _all_read(journey, frozen_at), "every post has been read a last time", 60)


def _check_job_requests(journey: Journey, engaged: Person) -> None:
    """The public list, the API and the space of somebody engaged in the region show the same. Raises Difference."""
    wanted, site = [seeker["summary"] for seeker in story.SEEKERS], journey.stage.site
    told = httpx.get(f"{site}/api/job-requests/?region=75", timeout=10).raise_for_status().json()["results"]
    anybody = journey.person("personne@exemple.example")
    anybody.open("/emploi/")
    shown = {
        "on the list": sum(summary in anybody.page.get_text() for summary in wanted),
        "over the API": sum(row["summary"] in wanted for row in told),
        "to somebody engaged": journey.job_requests_shown_to(engaged),
    }
    if wrong := [
        f"{count} job requests {where}, not {len(wanted)}" for where, count in shown.items() if count != len(wanted)
    ]:
        raise Difference("\n".join(wrong))


def _dashboard(journey: Journey) -> dict:
    """The dashboard's own API."""
    url = f"{journey.stage.site}/api/cases/{journey.slug}/dashboard/"
    return httpx.get(url, timeout=10).raise_for_status().json()


def _posts_done(journey: Journey) -> int:
    return sum(_dashboard(journey)["posts"].values())


def _all_read(journey: Journey, since: datetime | None) -> bool:
    """Every post that has counters of its own was read (since then); a repost's counters are its target's."""
    from influencers.models import Post, PostKind

    texts = Post.objects.filter(case__slug=journey.slug, state="published").exclude(kind=PostKind.REPOST)
    read = texts.filter(read_at__gt=since) if since else texts.filter(read_at__isnull=False)
    return read.count() == texts.count()


def _ledger(sandbox: str) -> dict:
    return httpx.get(f"{sandbox}/_sandbox/ledger", timeout=10).json()


def _a_link(stage: Stage) -> str:
    text = next(tweet["text"] for tweet in _ledger(stage.sandbox_x)["tweets"])
    return next(word for word in text.split() if word.startswith(stage.site))


def _compare(journey: Journey, seconds: float) -> dict:
    """What the site shows, against what the networks received. Raises Difference."""
    stage, shown = journey.stage, _dashboard(journey)
    x, bluesky = _ledger(stage.sandbox_x), _ledger(stage.sandbox_bluesky)
    names = [mastodon_seed.CAMPAIGN] + [mastodon_seed.username(n) for n in range(ON_MASTODON)]
    mastodon = mastodon_seed.ledger(stage.mastodon, names)
    on_x, on_bluesky = len(x["tweets"]) + x["reposts"], len(bluesky["posts"]) + bluesky["reposts"]
    received = on_x + on_bluesky + len(mastodon["texts"]) + len(mastodon["boosts"])
    received_texts = Counter((post["author"], post["text"]) for post in x["tweets"] + bluesky["posts"])
    received_texts += Counter(mastodon["texts"])
    consented = _consented(journey)
    expected = {
        "posts the networks received": (received, shown["posts"]["published"]),
        "posts planned": (PEOPLE + 3, shown["posts"]["published"]),
        "posts that failed": (0, shown["posts"]["failed"]),
        "posts in doubt": (0, shown["posts"]["unconfirmed"]),
        "texts consented to, word for word": (consented.total(), (consented & received_texts).total()),
        "texts that nobody consented to": (0, (received_texts - consented).total()),
        "attempts that X saw": (on_x, x["attempts"]),
        "attempts that Bluesky saw": (on_bluesky, bluesky["attempts"]),
        "pledges": (PEOPLE, shown["pledges"]),
        "followers pledged": (_followers(stage), shown["reach"]["pledged"]),
        "human clicks": (x["human_clicks"] + bluesky["human_clicks"] + len(story.BUYERS), shown["reach"]["clicks"]),
        "views": (sum(t["public_metrics"]["impression_count"] for t in x["tweets"]), shown["reach"]["delivered"]),
        "leads": (len(story.BUYERS), shown["leads"]),
    }
    wrong = [f"{what}: {there} there, {here} here" for what, (there, here) in expected.items() if there != here]
    if wrong:
        raise Difference("\n".join(wrong))
    for what, (there, _here) in expected.items():
        console.print(f"    {what}: {there}, on both sides")
    return shown | {"seconds": round(seconds, 1)}


def _followers(stage: Stage) -> int:
    """Of the pledged accounts, as the networks count them."""
    on_sandboxes = sum(followers_of(number) for number in range(PEOPLE) if account_of(number)[0] != "mastodon")
    on_mastodon = 0
    for number in range(ON_MASTODON):
        headers = {"Authorization": f"Bearer {mastodon_seed.token(mastodon_seed.username(number))}"}
        me = httpx.get(f"{stage.mastodon}/api/v1/accounts/verify_credentials", headers=headers, timeout=10).json()
        on_mastodon += me["followers_count"]
    return on_sandboxes + on_mastodon


def _consented(journey: Journey) -> Counter:
    """(author, text) of each pledge in its own words and of the campaign's own posts, each with its short link."""
    from influencers.models import Pledge, Post

    agreed: Counter = Counter()
    for post in (
        Post.objects.filter(case__slug=journey.slug).exclude(text="").select_related("pledge", "link", "account")
    ):
        words = post.pledge.consented_text if post.pledge else story.CANONICAL_TEXT
        agreed[(post.account.handle.split("@")[1], words.replace(Pledge.LINK_MARK, post.link.url))] += 1
    return agreed


def _show(journey: Journey) -> None:
    site, slug = journey.stage.site, journey.slug
    free = [journey.on_bluesky[name] for name in FREE]
    console.print(
        f"""
The demo runs until Ctrl-C.
  National page     {site}/
  Meymac            {site}/dossiers/{slug}/
  #i4emploiR        {site}/emploi/
  Team's page       {site}/dossiers/{slug}/equipe/
  Moderators' desk  {site}/admin/campaigns/case/
  API               {site}/api/cases/{slug}/dashboard/
  Sandbox X ledger  {journey.stage.sandbox_x}/_sandbox/ledger
  Mastodon          {journey.stage.mastodon}
  Sandbox Bluesky   {journey.stage.sandbox_bluesky}/_sandbox/ledger
Accounts
  Moderator         {MODERATOR[0]}, password {MODERATOR[1]} (at /admin/)
  Filer, team       {story.MEYMAC["filer_email"]} (sign in with a code; mails are in {journey.stage.mail})
  An influencer     engage0@exemple.example (the same)
  To connect        {", ".join(f"@{name}" for name in FREE)} on X, @public0 to @public3 on Mastodon: nobody has pledged them
                    {" or ".join(f"{one['handle']}, {one['app_password']}" for one in free)} on Bluesky
What you do here is erased when the next demo starts.
""",
        soft_wrap=True,
    )


def _wait(processes: Processes) -> None:
    while True:
        processes.check()
        time.sleep(1)


def _end_on_sigterm() -> None:
    def end(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)  # a shell that starts us in the background has it ignored


def serve() -> int:
    """Site, workers and beat on the usual data folder and settings."""
    _end_on_sigterm()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "i4emploi_site.settings")
    port = free_port(env.integer("PORT", 8000))
    os.environ.setdefault("I4_SITE_URL", f"http://localhost:{port}")
    servers.start()
    processes = Processes(dict(os.environ), servers.data_dir() / "logs")
    try:
        processes.run("manage.py", "migrate", "--verbosity", "0")
        start_web(processes, str(port))
        console.print(f"{os.environ['I4_SITE_URL']}/ (mails in {servers.data_dir() / 'mail'}); Ctrl-C ends it.")
        _wait(processes)
    except KeyboardInterrupt:
        return 0
    except Died as error:
        console.print(str(error))
        return 1
    finally:
        processes.stop()
        servers.leave()
    return 0


if __name__ == "__main__":
    sys.exit(demo())

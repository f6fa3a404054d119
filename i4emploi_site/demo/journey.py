"""The main job, walked through the site's own doors by people at browsers: from a filed case to a buyer's lead."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx

from i4emploi_site.demo import mastodon_seed, story
from i4emploi_site.demo.person import Person
from i4emploi_site.demo.stage import Stage
from i4emploi_site.lib.times import PARIS

MODERATOR = ("karim@exemple.example", "karim-modere-la-demo")
ON_X, ON_MASTODON, ON_BLUESKY = 13, 10, 10
FIRST_ON_BLUESKY = ON_X + ON_MASTODON
PEOPLE = FIRST_ON_BLUESKY + ON_BLUESKY
FREE = ("libre1", "libre2", "libre3")  # on X and on Bluesky, for whoever tries the demo
REPOSTERS = {*range(4), *range(FIRST_ON_BLUESKY, FIRST_ON_BLUESKY + 2)}  # the others speak in their own words
CLICKS_PER_LINK, PREVIEWS_PER_LINK = 3, 2

CODE = r"(?m)^[A-Z0-9]{4}-[A-Z0-9]{4}$"  # as the sign-in mail writes it, alone on its line


def account_of(number: int) -> tuple[str, str]:
    """The network of the n-th influencer, and their user name there."""
    if number < ON_X:
        return "x", f"x_{mastodon_seed.username(number)}"
    if number < FIRST_ON_BLUESKY:
        return "mastodon", mastodon_seed.username(number - ON_X)
    return "bluesky", f"bluesky{number - FIRST_ON_BLUESKY}"


def followers_of(number: int) -> int:
    """On a sandbox of ours; Mastodon's server says its own."""
    return 300 + 731 * number


@dataclass
class Journey:
    stage: Stage
    slug: str = ""
    on_bluesky: dict[str, dict] = field(default_factory=dict)  # by user name: `handle`, `app_password`

    def person(self, address: str) -> Person:
        return Person(self.stage.site, self.stage.mail, address)

    # --- the case ------------------------------------------------------------------------------------------------

    def file_case(self) -> Person:
        """Meymac, through the five steps, with the deadline that the first announcement gave."""
        meymac, filer = story.MEYMAC, self.person(story.MEYMAC["filer_email"])
        deadline = datetime.now(PARIS) + timedelta(days=9, hours=14)
        filer.open("/deposer/")
        filer.submit()
        filer.submit(company_name=meymac["company_name"], commune=meymac["commune"])
        filer.submit(
            jobs=str(meymac["jobs"]),
            jobs_source=meymac["jobs_source"], milestone_kind="demantelement",
            milestone_date=deadline.date().isoformat(), milestone_time=f"{deadline:%H:%M}",
            milestone_authority="presse", milestone_source=story.SURSIS_SOURCE,
        )  # fmt: skip
        filer.submit(stage=meymac["stage"], court=meymac["court"], practitioner=meymac["practitioner"])
        filer.submit(
            summary=meymac["summary"], story=meymac["story"], needs=meymac["needs"], sector=meymac["sector"],
            naf_code=meymac["naf_code"],
        )  # fmt: skip
        filer.submit(
            filer_role="elected", filer_name=meymac["filer_name"], filer_email=meymac["filer_email"],
            evidence_url=meymac["evidence_url"], attested=True,
        )  # fmt: skip
        filer.submit()
        filer.open(filer.link_in_mail(r"http\S+/deposer/confirmer/\S+"))
        filer.submit()
        return filer

    def publish_case(self) -> None:
        """Through the admin, as a moderator: the first of the queue."""
        moderator = self.person(MODERATOR[0])
        moderator.open("/admin/login/?next=/admin/campaigns/case/")
        moderator.submit("form#login-form", username=MODERATOR[0], password=MODERATOR[1])
        row = moderator.page.find("a", string=re.compile(re.escape(story.MEYMAC["company_name"])))
        moderator.open(moderator.browser.absolute_url(row["href"]))
        moderator.submit("form#decide-publish")
        self.slug = self.slug_of(story.MEYMAC["company_name"])

    def slug_of(self, company: str) -> str:
        """Of a case that is public."""
        published = httpx.get(f"{self.stage.site}/api/cases/", timeout=10).json()["results"]
        return next(case["slug"] for case in published if case["company_name"] == company)

    # --- those who lost their job at another plant ------------------------------------------------------------------

    def ask_for_jobs(self) -> None:
        """From the page of a plant that nobody took over: each writes what they look for, and confirms by mail."""
        for seeker in story.SEEKERS:
            person = self.person(seeker["email"])
            person.open(f"/dossiers/{self.slug_of(story.LOST_PLANT)}/")
            person.open(person.page.select_one('a[href*="/emploi/demander/"]')["href"])
            person.submit(**seeker, consent=True)
            person.open(person.link_in_mail(r"http\S+/emploi/gerer/\S+"))
            person.submit(button="[value=confirm]")

    def publish_job_requests(self) -> None:
        """Each is read at the desk, and its author told."""
        moderator = self.person(MODERATOR[0])
        moderator.open("/admin/login/?next=/admin/campaigns/jobrequest/")
        moderator.submit("form#login-form", username=MODERATOR[0], password=MODERATOR[1])
        rows = moderator.page.select('#result_list a[href*="/change/"]')
        for address in sorted({moderator.browser.absolute_url(row["href"]) for row in rows}):
            moderator.open(address)
            moderator.submit("form#decide-publier")
        for seeker in story.SEEKERS:
            self.person(seeker["email"]).link_in_mail(r"http\S+/emploi/[a-z0-9]{12}/")

    def job_requests_shown_to(self, person: Person) -> int:
        """In the space of somebody engaged: what is asked in the regions of their pledges."""
        person.open("/moi/")
        return sum(seeker["summary"] in person.page.get_text() for seeker in story.SEEKERS)

    # --- the networks --------------------------------------------------------------------------------------------

    def add_people_to_sandboxes(self) -> None:
        others = [("i4emploi", "#i4emploi", 5400)] + [(name, f"{name.capitalize()} Exemple", 1200) for name in FREE]
        for network, server in (("x", self.stage.sandbox_x), ("bluesky", self.stage.sandbox_bluesky)):
            engaged = [number for number in range(PEOPLE) if account_of(number)[0] == network]
            users = [(account_of(n)[1], f"{story.FIRST_NAMES[n]} Exemple", followers_of(n)) for n in engaged]
            for username, name, followers in others + users:
                body = {"username": username, "name": name, "followers": followers, "description": "#i4emploi"}
                added = httpx.post(f"{server}/_sandbox/users", json=body, timeout=10).raise_for_status().json()
                if network == "bluesky":
                    self.on_bluesky[username] = added

    def connect_campaign(self) -> None:
        """The platform's own accounts, connected by the moderator through the same pages as everybody's."""
        moderator = self.person(MODERATOR[0])
        moderator.open("/admin/login/?next=/moi/")
        moderator.submit("form#login-form", username=MODERATOR[0], password=MODERATOR[1])
        self.connect(moderator, "x", "i4emploi", "?campagne=1")
        self.connect(moderator, "mastodon", mastodon_seed.CAMPAIGN, "?campagne=1")
        self.connect(moderator, "bluesky", "i4emploi", "?campagne=1")

    def connect(self, person: Person, network: str, username: str, query: str = "") -> None:
        person.open(f"/moi/comptes/{network}/{query}")
        if network == "bluesky":
            known = self.on_bluesky[username]
            person.submit(identifier=known["handle"], app_password=known["app_password"])
            return
        if network == "mastodon":
            person.submit(proposed=self.stage.mastodon)
        else:
            person.submit()
        self._allow(person, username)

    def _allow(self, person: Person, username: str) -> None:
        """The network's own page: press the button that bears one's name."""
        form = person.browser.select_form("form")
        for button in person.page.select("form button"):
            if re.search(rf"@{re.escape(username)}\b", button.get_text()):
                form.choose_submit(button)
                person._checked(person.browser.submit_selected())
                return
        raise LookupError(f"{person.url}: nobody is called @{username}")

    # --- the engaged ---------------------------------------------------------------------------------------------

    def pledge(self, number: int) -> Person:
        """One influencer: signs up with a code, joins, connects an account, pledges to the case."""
        network, username = account_of(number)
        name = f"{story.FIRST_NAMES[number]} Exemple"
        person = self.person(f"engage{number}@exemple.example")
        person.open("/compte/signup/?next=/s-engager/")
        person.submit(email=person.address)
        code = re.search(CODE, person.next_mail(CODE))
        person.submit(code=code.group())
        person.open("/s-engager/")
        person.submit(public_name=name, listed=True, departement="19")
        self.connect(person, network, username)
        person.open(f"/dossiers/{self.slug}/engagement/")
        if number in REPOSTERS:
            person.submit(mode="repost")
        else:
            person.submit(mode="own_words", text=story.own_words(number))
        return person

    # --- the broadcast and what follows --------------------------------------------------------------------------

    def broadcast(self, filer: Person) -> None:
        """The case team writes the campaign's text, sees every post, and schedules them a few seconds ahead."""
        at = datetime.now(PARIS) + timedelta(seconds=8)
        filer.open(f"/dossiers/{self.slug}/equipe/diffusion/")
        filer.submit(text=story.CANONICAL_TEXT, at=f"{at:%Y-%m-%dT%H:%M:%S}", spread_minutes="0")
        filer.submit('form[action$="/programmer/"]')

    def let_people_click(self) -> None:
        """The audiences of X and Bluesky open every link; robots and previews too."""
        body = {"clicks_per_post": CLICKS_PER_LINK, "previews": PREVIEWS_PER_LINK}
        for server in (self.stage.sandbox_x, self.stage.sandbox_bluesky):
            httpx.post(f"{server}/_sandbox/audience", json=body, timeout=120).raise_for_status()

    def leave_leads(self, link: str) -> None:
        """Three buyers come by a short link and leave a lead each."""
        for number, (buyer_type, name, organisation, address, message) in enumerate(story.BUYERS, 1):
            buyer = self.person(address)
            buyer.browser.session.headers["X-Forwarded-For"] = f"10.200.0.{number}"
            buyer.open(link)
            buyer.open(buyer.page.select_one(f'a[href*="/dossiers/{self.slug}/repreneur/"]')["href"])
            buyer.submit(
                buyer_type=buyer_type, name=name, organisation=organisation, email=address, message=message,
                declared=True,
            )  # fmt: skip

    # --- for browsers --------------------------------------------------------------------------------------------

    def sign_in(self, page, address: str) -> None:
        """Sign a Playwright page in with a code from the mail."""
        reader = self.person(address)
        reader.forget_mail()
        page.goto(f"{self.stage.site}/compte/login/code/")
        page.fill("main [name=email]", address)
        page.click("main form button.main")
        page.fill("main [name=code]", re.search(CODE, reader.next_mail(CODE)).group())
        page.click("main form button.main")
        page.wait_for_load_state()

    def other_slug(self) -> str:
        """A running case that the influencers have not pledged to."""
        cases = httpx.get(f"{self.stage.site}/api/cases/", timeout=10).json()["results"]
        return next(case["slug"] for case in cases if case["slug"] != self.slug and case["status"] == "published")

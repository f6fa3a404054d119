"""A Mastodon server for the demo and the tests: PyPI's `mastodon-mock` with invented accounts."""

from pathlib import Path

import httpx
from bs4 import BeautifulSoup

from i4emploi_site.demo.story import FIRST_NAMES

CAMPAIGN = "i4emploi"
FOLLOWERS_EACH = 4  # the fewest that make the sums visible; the mock counts real follow edges


def username(number: int) -> str:
    return f"engage{number}"


def token(name: str) -> str:
    return f"token-{name}"


def write_config(path: Path, accounts: int) -> Path:
    """Seeds `accounts` invented people, the campaign's account, and people who follow them."""
    people = [(CAMPAIGN, "#i4emploi")] + [
        (username(n), f"{FIRST_NAMES[n % len(FIRST_NAMES)]} Exemple") for n in range(accounts)
    ]
    followers = [(f"public{n}", f"Public {n}") for n in range(FOLLOWERS_EACH)]
    lines = ["[faults]", "enabled = true", ""]
    for name, display in [*people, *followers]:
        lines += [
            "[[seed.accounts]]",
            f'username = "{name}"',
            f'display_name = "{display}"',
            'note = "#i4emploi"',
            f'access_token = "{token(name)}"',
            "",
        ]
    for place, (name, _display) in enumerate(people):
        for follower, _shown in followers[: 1 + place % FOLLOWERS_EACH]:
            lines += ["[[seed.follows]]", f'follower = "{follower}"', f'following = "{name}"', ""]
    path.write_text("\n".join(lines))
    return path


def serve_command(config: Path, port: int, domain: str = "") -> list[str]:
    where = ["--host", "127.0.0.1", "--port", str(port), "--domain", domain or f"127.0.0.1:{port}"]
    return ["-m", "mastodon_mock", "serve", "--in-memory", "--config", str(config), *where]


def ledger(url: str, names: list[str]) -> dict:
    """What the server received from these accounts, read through its public API: (author, text) pairs, and who boosted."""
    texts, boosts = [], []
    with httpx.Client(base_url=url, timeout=10) as client:
        for name in names:
            headers = {"Authorization": f"Bearer {token(name)}"}
            account = client.get("/api/v1/accounts/verify_credentials", headers=headers).json()
            statuses = _statuses(client, f"/api/v1/accounts/{account['id']}/statuses", headers)
            for status in statuses:
                if status.get("reblog"):
                    boosts.append(name)
                else:
                    texts.append((name, BeautifulSoup(status["content"], "lxml").get_text()))
    return {"texts": texts, "boosts": boosts}


def _statuses(client: httpx.Client, path: str, headers: dict[str, str]) -> list[dict]:
    """All of an account's statuses; the API gives 40 at most at once."""
    statuses: list[dict] = []
    while True:
        before = {"max_id": statuses[-1]["id"]} if statuses else {}
        page = client.get(path, params={"limit": 40} | before, headers=headers).raise_for_status().json()
        statuses += page
        if len(page) < 40:
            return statuses

"""The people and the link previews that open the links of posts, over HTTP."""

import ipaddress
from urllib.parse import urlsplit

import httpx

from i4emploi_site.demo.sandbox.world import SandboxWorld

LOOPBACK = {"127.0.0.1", "localhost", "::1"}  # a sandbox never visits anybody else's site
FIRST_ADDRESS = ipaddress.IPv4Address("10.0.1.1")
PREVIEW = "Twitterbot/1.0"
BROWSERS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
)


def visit(world: SandboxWorld, clicks_per_post: int, previews: int) -> dict[str, int]:
    """Previews and people open every link of every post; what was answered is counted and returned.

    Each person, in this call or any other, has an address of their own in X-Forwarded-For, which the site believes
    only where I4_TRUSTED_PROXY says that a proxy of ours writes it.
    """
    with world.lock:
        links = world.links()
    here = [link for link in links if urlsplit(link).hostname in LOOPBACK]
    done = {"human": 0, "robot": 0, "failed": 0, "skipped": len(links) - len(here)}
    with httpx.Client(timeout=10) as client:
        for link in here:
            for number in range(previews):
                method = "HEAD" if number % 2 else "GET"
                done["robot" if _opens(client, method, link, {"User-Agent": PREVIEW}) else "failed"] += 1
            for _click in range(clicks_per_post):
                done["human" if _opens(client, "GET", link, _person(world)) else "failed"] += 1
    with world.lock:
        world.human_clicks += done["human"]
        world.robot_clicks += done["robot"]
    return done


def _person(world: SandboxWorld) -> dict[str, str]:
    with world.lock:
        world.people += 1
        number = world.people
    return {"User-Agent": BROWSERS[number % len(BROWSERS)], "X-Forwarded-For": str(FIRST_ADDRESS + number)}


def _opens(client: httpx.Client, method: str, link: str, headers: dict[str, str]) -> bool:
    try:
        return client.request(method, link, headers=headers).status_code < 400
    except httpx.HTTPError:
        return False

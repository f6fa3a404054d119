"""Load over HTTP on loopback: wrk where it is installed, else threads of our own (slower, so say which)."""

import http.client
import re
import shutil
import subprocess
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CONNECTIONS = 16
WRK = shutil.which("wrk")


class LoadFailed(Exception):
    """Some requests were not answered as they should: their speed would mean nothing."""


@dataclass(frozen=True)
class Load:
    answered: int
    per_second: float


def press(url: str, seconds: float) -> Load:
    return _wrk(url, seconds) if WRK else _threads(url, seconds)


def check(url: str, status: int) -> None:
    """One request, so that a bench never measures an error page."""
    if (got := _get(_connect(url), url)) != status:
        raise LoadFailed(f"{url} answers {got}, not {status}")


def _wrk(url: str, seconds: float) -> Load:
    command = [
        str(WRK),
        "-t",
        "1",
        "-c",
        str(CONNECTIONS),
        "-d",
        f"{round(seconds)}s",
        "-H",
        f"User-Agent: {BROWSER}",
        url,
    ]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 30).stdout
    if wrong := re.search(r"Non-2xx or 3xx responses: \d+|Socket errors: .*", said):
        raise LoadFailed(f"{url}: {wrong[0]}")
    answered = re.search(r"(\d+) requests in", said)
    per_second = re.search(r"Requests/sec:\s+([\d.]+)", said)
    if not answered or not per_second:
        raise LoadFailed(f"{url}: wrk said nothing that can be read: {said}")
    return Load(int(answered[1]), float(per_second[1]))


def _threads(url: str, seconds: float) -> Load:
    counts, failures, began = [0] * 4, [], time.perf_counter()

    def loop(place: int) -> None:
        connection = _connect(url)
        try:
            while time.perf_counter() - began < seconds:
                if (status := _get(connection, url)) >= 400:
                    raise LoadFailed(f"{url} answers {status}")
                counts[place] += 1
        except (LoadFailed, OSError, http.client.HTTPException) as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=loop, args=[place]) for place in range(len(counts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise LoadFailed(str(failures[0]))
    return Load(sum(counts), sum(counts) / (time.perf_counter() - began))


def _connect(url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)


def _get(connection: http.client.HTTPConnection, url: str) -> int:
    connection.request("GET", urlsplit(url).path, headers={"User-Agent": BROWSER})
    response = connection.getresponse()
    response.read()
    return response.status

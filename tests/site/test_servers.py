"""The embedded servers: started for whoever needs them, stopped by the last who leaves, back after a kill."""

import os
import signal
import subprocess
import sys

import pytest

PROBE = """
import os, sys
from i4emploi_site import servers
servers.start()
import psycopg2, redis
psycopg2.connect(servers.database_url()).cursor().execute("SELECT 1")
assert redis.Redis.from_url(servers.redis_url()).ping()
print("up", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def elsewhere(tmp_path):
    """An environment whose embedded servers live in a folder of their own."""
    hidden = {"DATABASE_URL", "REDIS_URL"}
    return {k: v for k, v in os.environ.items() if k not in hidden} | {"I4_DATA_DIR": str(tmp_path / "data")}


def use_servers(env):
    process = subprocess.Popen(
        [sys.executable, "-c", PROBE], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "up\n"
    return process


def servers_running(env) -> list[int]:
    """The pids of the servers of that data folder, read from their own pid files."""
    found = []
    for name in ("postgres/postmaster.pid", "valkey/server.pid"):
        path = os.path.join(env["I4_DATA_DIR"], name)
        if os.path.exists(path):
            with open(path) as lines:
                pid = int(lines.readline())
            with open(f"/proc/{pid}/stat") as stat:
                if stat.read().rsplit(")", 1)[1].split()[0] != "Z":
                    found.append(pid)
    return found


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="reads /proc")
def test_the_last_user_stops_the_servers_and_a_kill_loses_nothing(elsewhere):
    first, second = use_servers(elsewhere), use_servers(elsewhere)
    assert len(servers_running(elsewhere)) == 2

    first.communicate("leave\n", timeout=60)
    assert len(servers_running(elsewhere)) == 2, "another user is still there"

    second.send_signal(signal.SIGKILL)
    second.wait(60)
    third = use_servers(elsewhere)  # finds them running, though their last user was killed
    for pid in servers_running(elsewhere):
        os.kill(pid, signal.SIGKILL)
    third.send_signal(signal.SIGKILL)
    third.wait(60)
    fourth = use_servers(elsewhere)  # starts them again over what the kill left behind
    assert len(servers_running(elsewhere)) == 2
    fourth.communicate("leave\n", timeout=60)
    assert servers_running(elsewhere) == []

"""A short chaos, on servers and processes of its own; `make chaos` is the long one."""

import json
import subprocess
import sys

import pytest

NEVER = (
    "lost", "doubled", "sent_again", "after_withdrawal", "after_stop", "not_agreed", "state_differs", "unconfirmed",
    "forgotten", "money_differs", "figures_differ",
)  # fmt: skip


@pytest.mark.workers
@pytest.mark.xdist_group("chaos")
def test_nothing_is_lost_doubled_or_sent_after_a_stop_while_processes_are_killed():
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos", "--seed", "4", "--posts", "160"], capture_output=True, text=True
    )
    assert done.stdout, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert {name: result[name] for name in NEVER} == dict.fromkeys(NEVER, 0), done.stderr
    assert result["chaos"] == "passed", done.stderr
    assert done.returncode == 0
    assert result["kills"], "nothing was killed"
    assert result["faults"], "nothing went wrong"

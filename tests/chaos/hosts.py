"""Worker hosts in network namespaces of their own, each on a cable to the one where everything else runs.

All of it lives inside a namespace that dies with this process: the machine's own network is not touched.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

HERE = "10.77.0.1"  # where the servers and the networks listen
INSIDE = "I4_CHAOS_INSIDE"
TOOLS = ("ip", "unshare", "nsenter")


class NotAllowed(Exception):
    """This machine lets us make no namespaces; the message says why."""


def enter_own_namespace() -> None:
    """Start this program again in a network namespace of its own, unless it is there already. Raises NotAllowed."""
    if os.environ.get(INSIDE):
        _run("ip", "link", "set", "lo", "up")
        _run("ip", "address", "add", f"{HERE}/32", "dev", "lo")
        return
    if missing := [tool for tool in TOOLS if shutil.which(tool) is None]:
        raise NotAllowed(f"{', '.join(missing)} missing (packages iproute2 and util-linux)")
    tried = subprocess.run(["unshare", "--net", "--uts", "true"], capture_output=True, text=True)
    if tried.returncode:
        raise NotAllowed(tried.stderr.strip())
    sys.stdout.flush()
    environment = os.environ | {INSIDE: "1"}
    os.execvpe("unshare", ["unshare", "--net", sys.executable, *sys.orig_argv[1:]], environment)  # noqa: S606


@dataclass
class Host:
    name: str
    address: str
    cable: str  # our end of it
    through: tuple[str, ...]  # what a command starts with to run there

    def cut(self) -> None:
        _run("ip", "link", "set", self.cable, "down")

    def mend(self) -> None:
        _run("ip", "link", "set", self.cable, "up")

    def reaches(self, address: str, port: int) -> bool:
        ask = f"import socket; socket.create_connection(({address!r}, {port}), 2)"
        return subprocess.run([*self.through, sys.executable, "-c", ask], capture_output=True).returncode == 0


@contextmanager
def host(number: int) -> Iterator[Host]:
    """A host with a name and an address of its own; gone, cable and all, once its last process is."""
    name, cable = f"host-{number}", f"i4-{number}"
    ours, theirs = f"10.77.{number}.1", f"10.77.{number}.2"
    holder = subprocess.Popen(
        ["unshare", "--net", "--uts", "sh", "-c", f"hostname {name} && echo up && exec sleep infinity"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert holder.stdout
        holder.stdout.readline()
        there = ("nsenter", "--target", str(holder.pid), "--net", "--uts")
        _run("ip", "link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", str(holder.pid))
        _run("ip", "address", "add", f"{ours}/30", "dev", cable)
        _run("ip", "link", "set", cable, "up")
        _run(*there, "ip", "address", "add", f"{theirs}/30", "dev", "eth0")
        _run(*there, "ip", "link", "set", "eth0", "up")
        _run(*there, "ip", "route", "add", "default", "via", ours)
        yield Host(name, theirs, cable, there)
    finally:
        holder.kill()
        holder.wait()


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise NotAllowed(f"{' '.join(command)}: {done.stderr.strip()}")

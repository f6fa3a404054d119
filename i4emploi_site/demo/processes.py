"""The demo's processes: started together, watched, ended together, and never left behind."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx

PDEATHSIG = 1  # prctl(2)


class Died(Exception):
    """A process ended before it was asked to; the message carries the end of its log."""


def free_port(wished: int = 0) -> int:
    """`wished` if nobody listens there, else any free port of the loopback."""
    for port in (wished, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return probe.getsockname()[1]
    raise OSError("no free port on 127.0.0.1")


def _end_with_parent() -> None:
    """Linux sends us SIGTERM when the demo dies, even by kill -9."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PDEATHSIG, signal.SIGTERM)


class Processes:
    def __init__(self, environment: dict[str, str], logs: Path):
        self.environment = environment
        self.logs = logs
        self.running: dict[str, subprocess.Popen] = {}
        self.commands: dict[str, tuple[str, ...]] = {}
        logs.mkdir(parents=True, exist_ok=True)

    def start(self, name: str, *command: str, through: tuple[str, ...] = ()) -> None:
        """`through` is a command that runs another one."""
        self.commands[name] = (*through, sys.executable, *command)
        (self.logs / f"{name}.log").unlink(missing_ok=True)
        self._launch(name)

    def _launch(self, name: str) -> None:
        with open(self.logs / f"{name}.log", "ab") as log:
            self.running[name] = subprocess.Popen(
                self.commands[name],
                env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                start_new_session=True, preexec_fn=_end_with_parent,
            )  # fmt: skip

    def kill(self, name: str) -> None:
        """SIGKILL, to it and to all that it started."""
        self._signal(self.running[name], signal.SIGKILL)
        self.running[name].wait(10)

    def restart(self, name: str) -> None:
        """As a supervisor does, once it is dead."""
        self._launch(name)

    def run(self, *command: str) -> str:
        done = subprocess.run([sys.executable, *command], env=self.environment, capture_output=True, text=True)
        if done.returncode:
            raise Died(f"{' '.join(command)} ended with {done.returncode}\n{done.stderr[-3000:]}")
        return done.stdout

    def check(self) -> None:
        for name, process in self.running.items():
            if process.poll() is not None:
                raise Died(f"{name} ended with {process.returncode}\n{self.log(name)}")

    def log(self, name: str) -> str:
        return (self.logs / f"{name}.log").read_text(errors="replace")[-3000:]

    def wait_for(self, condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            self.check()
            if time.monotonic() > deadline:
                raise TimeoutError(f"Not after {seconds:.0f} s: {what}")
            time.sleep(0.2)

    def wait_for_http(self, name: str, url: str) -> None:
        def answers() -> bool:
            with contextlib.suppress(httpx.HTTPError):
                return httpx.get(url, timeout=2).status_code < 500
            return False

        self.wait_for(answers, f"{name} answers at {url}")

    def stop(self) -> None:
        for process in self.running.values():
            self._signal(process, signal.SIGTERM)
        for process in self.running.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                self._signal(process, signal.SIGKILL)
                process.wait(5)
        self.running.clear()

    @staticmethod
    def _signal(process: subprocess.Popen, number: int) -> None:
        """To the whole group: every process here leads one of its own."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)

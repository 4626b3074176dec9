"""Child processes that never outlive whoever started them."""

import ctypes
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

#: Seconds that a program gets to come up, and to go down.
START_LIMIT, STOP_LIMIT = 60.0, 10.0

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


class NotReady(Exception):
    """A program ended, or did not come up in time; the message ends with its log."""


def free_port() -> int:
    """A port on loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _die_with_parent() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Process:
    """One program, its output in a file. Ctrl-C does not reach it; its parent's death does."""

    def __init__(
        self, command: Sequence[str | Path], log: Path, env: Mapping[str, str] | None = None
    ) -> None:
        self.log = log
        self._name = Path(command[0]).name
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                list(map(str, command)),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def alive(self) -> bool:
        """Has it not ended?"""
        return self._process.poll() is None

    def wait_until(self, ready: Callable[[], bool], limit: float = START_LIMIT) -> None:
        """Return once *ready* says so; `NotReady` when the program ends before, or after *limit* seconds."""
        until = time.monotonic() + limit
        while not ready():
            if not self.alive():
                raise NotReady(f"{self._name} ended with {self._process.returncode}:\n{self.tail()}")
            if time.monotonic() > until:
                raise NotReady(f"{self._name} is not ready after {limit:.0f} s:\n{self.tail()}")
            time.sleep(0.02)

    def tail(self, lines: int = 20) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def wait(self, limit: float) -> int:
        """Its exit status, once it ended."""
        return self._process.wait(limit)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """End it at once."""
        if self.alive():
            self._process.kill()
        self._process.wait()

    def stop(self, limit: float = STOP_LIMIT) -> int:
        """Ask it to end; after *limit* seconds, end it. Its exit status."""
        if self.alive():
            self._process.terminate()
        try:
            return self._process.wait(limit)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._process.returncode

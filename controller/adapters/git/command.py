"""Runs git: with an end, limits to what it may say, write and remember, and nothing left over."""

import asyncio
import contextlib
import os
import resource
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import NamedTuple, cast

from git.cmd import Git

from controller import folders
from controller.adapters.git.pipes import TooLong, TooMuch, talk

#: Seconds that a group which was killed gets to be gone.
_DYING = 5.0

#: Seconds between two looks whether a program that has nothing more to say has ended.
_BRIEF = 0.001


@dataclass(frozen=True, slots=True)
class Limits:
    """What a repository may cost: seconds for a question and for a fetch; bytes and files.

    *pack* is how much git may write into one file, and so download; *memory*, how much it may take to itself.
    """

    ask: float = 30
    fetch: float = 120
    pack: int = 256 << 20
    memory: int = 1 << 30
    blob: int = folders.BLOB
    files: int = folders.FILES
    total: int = folders.TOTAL


class Said(NamedTuple):
    """What a program said, and the end of what it complained of."""

    text: bytes
    complaint: str


class Failed(Exception):
    """A program ended with another status than 0; the message is the end of what it complained of."""

    def __init__(self, status: int, said: Said) -> None:
        super().__init__(said.complaint)
        self.status = status
        self.text = said.text


class Stopped(Exception):
    """Git is not run any more."""


class Command:
    """Git in one folder and one environment. Each run is a process group, which is gone when the run ends."""

    def __init__(self, folder: Path, environment: Mapping[str, str], limits: Limits) -> None:
        self._folder = folder
        self._limits = limits
        self._environment = dict(environment)
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = False
        self._lock = Lock()
        # One of its own: a repository that hangs must not take the threads of the others.
        self._thread = ThreadPoolExecutor(1, "git")

    async def run(self, arguments: Sequence[str], limit: float, most: int, given: bytes = b"") -> Said:
        """What a program says within *limit* seconds, at most *most* bytes, when it reads *given*."""
        if self._stopped:
            raise Stopped
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._run, arguments, limit, most, given)

    def stop(self) -> None:
        """End what runs, and let nothing start any more."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                _kill(process)
        self._thread.shutdown(wait=False)

    def _run(self, arguments: Sequence[str], limit: float, most: int, given: bytes) -> Said:
        until = time.monotonic() + limit
        process = self._start(arguments)
        try:
            said = Said(*talk(process, until, most, given))
            _await_end(process, until)
        except BaseException:
            _kill(process)
            # Whoever of the group still lives holds the other end of what it is heard by.
            with contextlib.suppress(TooLong, TooMuch):
                talk(process, time.monotonic() + _DYING, most)
            raise
        finally:
            self._reap(process)
        if self._stopped:
            raise Stopped
        if process.returncode:
            raise Failed(process.returncode, said)
        return said

    def _start(self, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._stopped:
                raise Stopped
            started = Git(self._folder).execute(
                list(arguments),
                istream=subprocess.PIPE,
                env=self._environment,
                as_process=True,
                start_new_session=True,
                # SIGXFSZ stays ignored, as Python has it: a file that grows too large is an error that git
                # tells, not a death of one of its children, which it tells as a broken pack.
                restore_signals=False,
            )
            process = cast("subprocess.Popen[bytes]", started.proc)
            # GitPython would end the process with the object; here, its end is ours.
            started.proc = None
            self._running.add(process)
            # Before it is given anything to read: a fetch has nothing to do, and no child, until then.
            self._restrain(process)
            return process

    def _restrain(self, process: subprocess.Popen[bytes]) -> None:
        """Limit it and all that it will start."""
        most = ((resource.RLIMIT_FSIZE, self._limits.pack), (resource.RLIMIT_AS, self._limits.memory))
        with contextlib.suppress(ProcessLookupError):
            for kind, limit in most:
                resource.prlimit(process.pid, kind, (limit, limit))

    def _reap(self, process: subprocess.Popen[bytes]) -> None:
        """Leave nothing of it; under the lock, or somebody could signal a number that is another process."""
        with self._lock:
            _kill(process)
            process.wait()
            self._running.discard(process)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                stream.close()


def _await_end(process: subprocess.Popen[bytes], until: float) -> None:
    """Return once it ended; it stays to be reaped, and its group can be signalled until then."""
    while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
        if time.monotonic() >= until:
            raise TooLong
        time.sleep(_BRIEF)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the whole group of a process that was not reaped yet."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)

"""Runs git: with an end, a limit to what it may say, and nothing left over."""

import asyncio
import contextlib
import os
import selectors
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import cast

from git.cmd import Git

from controller import folders

#: So much of what git complains of is kept, its end.
_COMPLAINT = 2_000

_CHUNK = 1 << 16

#: Seconds that a group which was killed gets to be gone.
_DYING = 5.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What a repository may cost: seconds for a question and for a fetch; bytes and files."""

    ask: float = 30
    fetch: float = 120
    blob: int = folders.BLOB
    files: int = folders.FILES
    total: int = folders.TOTAL


class Failed(Exception):
    """Git ended with another status than 0; the message is the end of what it complained of."""

    def __init__(self, status: int, complaint: str) -> None:
        super().__init__(complaint)
        self.status = status


class TooLong(Exception):
    """Git took longer than it may, and was ended."""


class TooMuch(Exception):
    """Git said more than it may, and was ended."""


class Stopped(Exception):
    """Git is not run any more."""


class Command:
    """Git in one folder and one environment. Each run is a process group, which is gone when the run ends."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = dict(environment)
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = False
        self._lock = Lock()
        # One of its own: a repository that hangs must not take the threads of the others.
        self._thread = ThreadPoolExecutor(1, "git")

    async def run(self, arguments: Sequence[str], limit: float, most: int, given: bytes = b"") -> bytes:
        """What git says within *limit* seconds, at most *most* bytes, when it reads *given*."""
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

    def _run(self, arguments: Sequence[str], limit: float, most: int, given: bytes) -> bytes:
        until = time.monotonic() + limit
        process = self._start(arguments, given)
        try:
            said, complaint = _listen(process, until, most)
            self._end(process, until)
        except BaseException:
            _kill(process)
            # Whoever of the group still lives holds the other end of what it is heard by.
            with contextlib.suppress(TooLong, TooMuch):
                _listen(process, time.monotonic() + _DYING, most)
            self._end(process, None)
            raise
        if self._stopped:
            raise Stopped
        if process.returncode:
            raise Failed(process.returncode, complaint.decode(errors="replace"))
        return said

    def _start(self, arguments: Sequence[str], given: bytes) -> subprocess.Popen[bytes]:
        with self._lock, tempfile.TemporaryFile() as stdin:
            if self._stopped:
                raise Stopped
            stdin.write(given)
            stdin.seek(0)
            started = Git(self._folder).execute(
                ["git", *arguments],
                istream=stdin,
                env=self._environment,
                as_process=True,
                start_new_session=True,
            )
            process = cast("subprocess.Popen[bytes]", started.proc)
            # GitPython would end the process with the object; here, its end is ours.
            started.proc = None
            self._running.add(process)
            return process

    def _end(self, process: subprocess.Popen[bytes], until: float | None) -> None:
        """Reap it; under the lock, so that nobody signals a number that is another process by now."""
        with self._lock:
            try:
                process.wait(None if until is None else max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired as error:
                raise TooLong from error
            self._running.discard(process)
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()


def _listen(process: subprocess.Popen[bytes], until: float, most: int) -> tuple[bytes, bytes]:
    """Everything that it says, and the end of what it complains of."""
    said, complained = bytearray(), bytearray()
    with selectors.DefaultSelector() as selector:
        for stream, kept in ((process.stdout, said), (process.stderr, complained)):
            if stream:
                selector.register(stream, selectors.EVENT_READ, kept)
        while selector.get_map():
            left = until - time.monotonic()
            if left <= 0:
                raise TooLong
            for key, _ in selector.select(left):
                chunk = os.read(key.fd, _CHUNK)
                key.data.extend(chunk)
                if not chunk:
                    selector.unregister(key.fileobj)
            if len(said) > most:
                raise TooMuch
            del complained[:-_COMPLAINT]
    return bytes(said), bytes(complained)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the whole group of a process that was not reaped yet."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)

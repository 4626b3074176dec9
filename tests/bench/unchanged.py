"""What one look at a remote costs that did not change, beside git's own `ls-remote`.

`python -m tests.bench.unchanged FOLDER` serves the repositories below a folder, in a process of its own: what
serving costs is not ours.
"""

import asyncio
import functools
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from controller.adapters.git import Credentials, GitRepository, Origin, parse_ref
from tests.bench.figures import Benchmark, Figure, Target
from tests.bench.ground import Ground
from tests.bench.rounds import in_turns
from tests.lab.git_server import GitServer
from tests.lab.pki import Authority
from tests.lab.processes import Process
from tests.lab.repository import Repository

ROUNDS, LOOKS = 5, 20


def serve(folder: Path) -> None:
    """Serve it until a signal ends this; the authority and the URL are written into it."""
    authority = Authority()
    with GitServer(folder, authority) as server:
        (folder / "ca.pem").write_text(authority.pem)
        (folder / "url").write_text(server.url("updates.git"))
        signal.sigwait({signal.SIGTERM})


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.bench.unchanged", str(folder)]
    process = Process(command, folder / "server.log")
    try:
        process.wait_until((folder / "url").is_file)
        yield (folder / "url").read_text()
    finally:
        process.stop()


def _spent() -> float:
    """CPU seconds of this process, and of all that it started and that ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def _each(look: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[float]]:
    """CPU milliseconds of one look, the mean of some."""

    async def measure() -> float:
        before = _spent()
        for _ in range(LOOKS):
            await look()
        return 1000 * (_spent() - before) / LOOKS

    return measure


async def _measure(folder: Path, url: str) -> Mapping[str, float]:
    credentials = Credentials(ca_pem=(folder / "ca.pem").read_text())
    origin = Origin(url, parse_ref({"branch": "main"}), "policies", credentials)
    repository = GitRepository(origin, allow_file=False)
    environment = {**os.environ, "GIT_SSL_CAINFO": str(folder / "ca.pem")}
    command = ["git", "ls-remote", "--heads", url, "refs/heads/main"]

    async def bare() -> object:
        ask = functools.partial(subprocess.run, command, env=environment, capture_output=True, check=True)
        return await asyncio.to_thread(ask)

    try:
        ours, theirs, ratio = await in_turns(_each(repository.head), _each(bare), ROUNDS)
    finally:
        await repository.close()
    return {"git_unchanged": ours, "git_unchanged_bare": theirs, "git_unchanged_ratio": ratio}


def run(ground: Ground) -> Mapping[str, float]:
    """A repository over https that nobody commits to."""
    folder = ground.make_folder("unchanged")
    Repository(folder).commit("all", {"policies/macs.yaml": "# nothing yet\n"})
    with _served(folder) as url:
        return asyncio.run(_measure(folder, url))


BENCHMARK = Benchmark(
    (
        Figure(
            "git_unchanged",
            "ms",
            "CPU of one look at an https remote that did not change: this process and git",
            Target(50.0),
        ),
        Figure("git_unchanged_bare", "ms", "the same by `git ls-remote` alone, started from Python"),
        Figure("git_unchanged_ratio", "", "the first over the second, by rounds"),
    ),
    run,
)


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    serve(Path(sys.argv[1]))

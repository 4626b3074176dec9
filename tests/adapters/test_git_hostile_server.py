"""Servers of Git that mean harm: floods, packs without end or that break off; a git that will not end."""

import os
import shlex
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from controller.adapters.git import Credentials, GitRepository, Limits, Origin, parse_ref
from controller.ports import Rejected, Unavailable
from tests.adapters.git_opening import Open, message
from tests.lab.git_repository import BareRepository
from tests.lab.leftovers import assert_nothing_left, processes_with
from tests.lab.ssh_server import SSHD, SshServer

NEEDS_SSHD = pytest.mark.skipif(SSHD is None, reason="the program sshd (openssh-server) is not installed")

MAIN = parse_ref({"branch": "main"})
REVISION = f"main@sha1:{'1' * 40}"

#: A pack of one file of 2^40 zeros, as stored blocks of zlib.
ENDLESS_FILE = r"""
import struct, sys
out = sys.stdout.buffer
out.write(b"PACK" + struct.pack(">LL", 2, 1) + b"\xb0\x80\x80\x80\x80\x20" + b"\x78\x01")
while True:
    out.write(b"\0\xff\xff\0\0" + bytes(65535))
"""

#: Nothing of a pack, but news of how far it is.
ENDLESS_NEWS = r"""
import sys
while True:
    sys.stderr.write("Counting objects: swordfish\n" * 1000)
"""

#: A pack that ends before its first file does.
HALF = r"""
import struct, sys
sys.stdout.buffer.write(b"PACK" + struct.pack(">LL", 2, 1) + b"\xb0\x80\x80\x80\x80\x20" + b"\x78\x01")
"""

#: Refs, in the first protocol, and no end of them.
ENDLESS_REFS = r"""
import sys
n = 0
while True:
    line = f"{n + 1:040x} refs/heads/{n:0200}" + ("" if n else "\0agent=lab") + "\n"
    sys.stdout.write(f"{len(line) + 4:04x}{line}")
    n += 1
"""

Serve = Callable[..., GitRepository]


def kept_below(private: Path) -> list[str]:
    """What the one repository keeps while it is open."""
    [folder] = private.iterdir()
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
async def served(private: Path, bare: BareRepository, tmp_path: Path) -> AsyncIterator[Serve]:
    """Opens the repository by ssh, where the server runs a script: instead of git, or to pack objects."""
    bare.commit({"a.yaml": "a"})
    repositories: list[GitRepository] = []
    with ExitStack() as servers:

        def serve(script: str, limits: Limits, *, packs: bool) -> GitRepository:
            (tmp_path / "script.py").write_text(script)
            run = shlex.join([sys.executable, str(tmp_path / "script.py")])
            pack = f"git -c {shlex.quote(f'uploadpack.packObjectsHook={run}')} upload-pack {bare.folder}"
            server = servers.enter_context(SshServer(tmp_path / "server", pack if packs else run))
            known = Credentials(identity=server.identity, known_hosts=server.known_hosts)
            origin = Origin(server.url(bare.folder), MAIN, credentials=known)
            repositories.append(GitRepository(origin, allow_file=False, limits=limits))
            return repositories[-1]

        yield serve
        for repository in repositories:
            await repository.close()
        assert_nothing_left(private)


@NEEDS_SSHD
@pytest.mark.parametrize(
    ("script", "limits", "kind", "problem"),
    [
        pytest.param(
            ENDLESS_FILE, Limits(), Rejected, "sends more than is taken of a repository", id="endless file"
        ),
        pytest.param(
            ENDLESS_NEWS, Limits(fetch=2), Unavailable, "did not answer within 2 s", id="endless news"
        ),
        pytest.param(HALF, Limits(), Unavailable, "early EOF", id="half a pack"),
    ],
)
async def test_a_pack_that_does_not_end_well_is_told_and_nothing_of_it_stays(
    script: str, limits: Limits, kind: type[Exception], problem: str, served: Serve, private: Path
) -> None:
    repository = served(script, limits, packs=True)
    told = await message(repository.fetch(await repository.head()), kind)
    assert problem in told
    assert len(told) < 1000
    assert processes_with(str(private)) == []
    assert kept_below(private) == ["identity", "known_hosts"]


@NEEDS_SSHD
async def test_refs_without_end_are_more_than_git_may_remember(served: Serve, private: Path) -> None:
    repository = served(ENDLESS_REFS, Limits(memory=128 << 20), packs=False)
    assert "it needs more memory than a repository gets" in await message(repository.head(), Rejected)
    assert processes_with(str(private)) == []


async def test_more_refs_than_are_listed_are_refused_where_all_are_asked_for(
    bare: BareRepository, opened: Open
) -> None:
    made = bare.commit({"a.yaml": "a"})
    tags = "".join(f"{made} refs/tags/{n:08}-{'x' * 200}\n" for n in range(150_000))
    (bare.folder / "packed-refs").write_text(f"# pack-refs with: peeled fully-peeled sorted \n{tags}")
    assert await opened().head() == f"main@sha1:{made}"
    told = await message(opened(semver="1.x").head(), Rejected)
    assert "answers more than 33554432 bytes" in told


async def test_a_pack_above_its_limit_is_refused_and_takes_no_room(
    bare: BareRepository, opened: Open, private: Path
) -> None:
    bare.commit({f"{n}.bin": os.urandom(1 << 20) for n in range(3)})
    repository = opened(limits=Limits(pack=1 << 20))
    told = await message(repository.fetch(await repository.head()), Rejected)
    assert "it sends more than is taken of a repository" in told
    assert kept_below(private) == []


async def test_a_repository_that_lost_an_object_may_be_repaired(bare: BareRepository, opened: Open) -> None:
    made = bare.commit({"a.yaml": "a"})
    oid = bare.git("rev-parse", f"{made}:a.yaml")
    (bare.folder / "objects" / oid[:2] / oid[2:]).unlink()
    repository = opened()
    told = await message(repository.fetch(await repository.head()), Unavailable)
    assert "repository corruption on the remote side" in told


STUBBORN = """\
#!/bin/sh
trap '' TERM HUP INT PIPE
(trap '' TERM HUP INT PIPE; exec sleep 600) &
wait
"""


async def test_a_git_that_will_not_end_is_ended_with_its_children(
    opened: Open, private: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "git").write_text(STUBBORN)
    (programs / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    assert "did not answer within 1 s" in await message(opened(limits=Limits(ask=1)).head(), Unavailable)
    assert processes_with(str(private)) == []

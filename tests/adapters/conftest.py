"""The fake NanoHUB at its worst, and an adapter on it; Git repositories that leave nothing behind."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from controller.adapters.git import GitRepository, Limits, Origin, Signers, parse_ref
from controller.adapters.nanohub import NanoHub
from tests.adapters.git_opening import Open
from tests.contracts.fake import FakeServer
from tests.lab.fake_nanohub import FakeNanoHub
from tests.lab.git_repository import BareRepository
from tests.lab.leftovers import assert_nothing_left


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    """Two writes of one key at a time lock that key up."""
    server = FakeServer(FakeNanoHub(locks_up=True))
    yield server
    await server.close()


@pytest.fixture
def fake(server: FakeServer) -> FakeNanoHub:
    return server.fake


@pytest.fixture
def mdm(server: FakeServer) -> NanoHub:
    return server.connect()


@pytest.fixture
def bare(tmp_path: Path) -> BareRepository:
    return BareRepository(tmp_path / "repositories" / "updates.git")


@pytest.fixture
def private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where repositories keep what they need."""
    folder = tmp_path / "private"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.fixture
async def opened(private: Path, bare: BareRepository) -> AsyncIterator[Open]:
    """Opens repositories by file URL; everything that they keep or start must be gone in the end."""
    repositories: list[GitRepository] = []

    def open_repository(
        path: str = ".",
        url: str = "",
        limits: Limits | None = None,
        signers: Signers | None = None,
        **ref: str,
    ) -> GitRepository:
        followed = parse_ref(ref or {"branch": "main"})
        origin = Origin(url or bare.url, followed, path, signers=signers)
        repository = GitRepository(origin, allow_file=True, limits=limits or Limits())
        repositories.append(repository)
        return repository

    yield open_repository
    for repository in repositories:
        await repository.close()
    assert_nothing_left(private)

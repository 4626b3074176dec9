"""Git over ssh, by a real sshd: one key, and only servers whose key is known."""

import stat
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from controller.adapters.git import Credentials, GitRepository, Limits, Origin, parse_ref
from controller.ports import Rejected, Unauthorized, Unavailable
from tests.adapters.git_opening import Open, message
from tests.lab.git_repository import BareRepository
from tests.lab.leftovers import assert_nothing_left
from tests.lab.ssh_server import SSHD, SshServer, make_key

pytestmark = pytest.mark.skipif(SSHD is None, reason="the program sshd (openssh-server) is not installed")

MAIN = parse_ref({"branch": "main"})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    with SshServer(tmp_path_factory.mktemp("ssh") / "server") as server:
        yield server


@pytest.fixture
def bare(tmp_path: Path) -> BareRepository:
    repository = BareRepository(tmp_path / "repositories" / "updates.git")
    repository.commit({"policies/canary.yaml": "kind: UpdatePolicy\n"})
    return repository


@pytest.fixture
def private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where everything is kept; its name is one that a shell and ssh would take apart."""
    folder = tmp_path / "it's %d private"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.fixture
async def opened(server: SshServer, bare: BareRepository, private: Path) -> AsyncIterator[Open]:
    """Opens the repository with what the server expects, but for what a test changes."""
    right = Credentials(identity=server.identity, known_hosts=server.known_hosts)
    repositories = []

    def open_repository(url: str = "", limits: Limits | None = None, **changed: str) -> GitRepository:
        origin = Origin(url or server.url(bare.folder), MAIN, credentials=replace(right, **changed))
        repositories.append(GitRepository(origin, allow_file=False, limits=limits or Limits()))
        return repositories[-1]

    yield open_repository
    for repository in repositories:
        await repository.close()
    assert_nothing_left(private)


def modes_below(folder: Path) -> dict[str, int]:
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.rglob("*") if file.is_file()}


async def test_who_has_the_key_is_let_in(bare: BareRepository, opened: Open) -> None:
    repository = opened()
    commit = await repository.fetch(await repository.head())
    assert commit.files == {"policies/canary.yaml": b"kind: UpdatePolicy\n"}


@pytest.mark.parametrize(
    "edited",
    [
        pytest.param(lambda key: key.replace("\n", "\r\n"), id="carriage returns"),
        pytest.param(lambda key: key.rstrip("\n"), id="no newline at the end"),
        pytest.param(lambda key: key + "\n\n", id="empty lines at the end"),
    ],
)
async def test_a_key_works_whatever_editor_it_went_through(
    edited: Callable[[str], str], server: SshServer, opened: Open
) -> None:
    repository = opened(identity=edited(server.identity), known_hosts=edited(server.known_hosts))
    assert (await repository.head()).startswith("main@sha1:")


async def test_keys_are_kept_where_only_we_read_them(opened: Open, private: Path) -> None:
    await opened().head()
    assert sorted(modes_below(private).items()) == [("identity", 0o600), ("known_hosts", 0o600)]


async def test_another_key_is_not_let_in(opened: Open, tmp_path: Path) -> None:
    make_key(tmp_path / "stranger")
    told = await message(opened(identity=(tmp_path / "stranger").read_text()).head(), Unauthorized)
    assert "does not let us in" in told


@pytest.mark.parametrize(
    "identity",
    [
        pytest.param("swordfish-4711", id="no key"),
        pytest.param("-----BEGIN OPENSSH PRIVATE KEY-----\nc3dvcmRmaXNo\n", id="a part of one"),
    ],
)
async def test_what_is_no_key_is_told_and_not_shown(identity: str, opened: Open) -> None:
    told = await message(opened(identity=identity).head(), Unauthorized)
    assert "does not let us in" in told
    assert "swordfish" not in told
    assert "c3dvcmRmaXNo" not in told


async def test_a_key_with_a_passphrase_is_not_asked_for_it(opened: Open, tmp_path: Path) -> None:
    make_key(tmp_path / "locked", "lab", "-N", "swordfish")
    await message(opened(identity=(tmp_path / "locked").read_text()).head(), Unauthorized)


async def test_a_changed_host_key_is_refused(server: SshServer, opened: Open, tmp_path: Path) -> None:
    address = server.known_hosts.split()[0]
    kind, key, _ = make_key(tmp_path / "other").split()
    told = await message(opened(known_hosts=f"{address} {kind} {key}\n").head(), Rejected)
    assert "the server shows another host key than known_hosts of the Secret has" in told


async def test_an_unknown_server_is_not_trusted_on_first_use(opened: Open, tmp_path: Path) -> None:
    kind, key, _ = make_key(tmp_path / "other").split()
    told = await message(opened(known_hosts=f"git.acme.example {kind} {key}\n").head(), Rejected)
    assert "known_hosts of the Secret has no key of this server" in told


@pytest.mark.parametrize("entry", ["identity", "known_hosts"])
@pytest.mark.parametrize("value", ["", " \n"])
def test_a_missing_entry_is_named(entry: str, value: str, opened: Open) -> None:
    with pytest.raises(Rejected, match=f"has no {entry}, expected identity and known_hosts for an ssh URL"):
        opened(**{entry: value})


async def test_a_missing_repository_by_ssh_is_refused(
    server: SshServer, opened: Open, tmp_path: Path
) -> None:
    told = await message(opened(url=server.url(tmp_path / "nowhere.git")).head(), Rejected)
    assert "there is no repository" in told


async def test_nobody_at_that_port_is_asked_again_later(opened: Open) -> None:
    assert "Connection refused" in await message(
        opened(url="ssh://git@127.0.0.1:1/a.git").head(), Unavailable
    )


async def test_the_keys_of_who_runs_the_operator_are_not_tried(
    server: SshServer, opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither what the user's configuration names, nor what an environment variable would run."""
    make_key(tmp_path / "stranger")
    monkeypatch.setenv("GIT_SSH_COMMAND", f"touch {tmp_path}/run;")
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", f"'core.sshCommand=touch {tmp_path}/run;'")
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
    await message(opened(identity=(tmp_path / "stranger").read_text()).head(), Unauthorized)
    assert not (tmp_path / "run").exists()


async def test_a_server_that_stops_answering_is_given_up(
    bare: BareRepository, opened: Open, tmp_path: Path
) -> None:
    with SshServer(tmp_path / "slow", "cat >/dev/null") as slow:
        known = {"identity": slow.identity, "known_hosts": slow.known_hosts}
        repository = opened(url=slow.url(bare.folder), limits=Limits(ask=2), **known)
        assert "did not answer within 2 s" in await message(repository.head(), Unavailable)

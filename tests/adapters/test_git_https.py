"""Git over https: who is let in, what is never shown, and that a hanging server ends nothing but itself."""

import asyncio
from pathlib import Path

import pytest

from controller.adapters.git import Credentials, GitRepository, Limits, Origin, parse_ref
from controller.ports import Rejected, Unauthorized, Unavailable
from tests.adapters.git_opening import message
from tests.lab.git_repository import BareRepository
from tests.lab.git_server import GitServer
from tests.lab.leftovers import processes_with
from tests.lab.pki import Authority

NOBODY = Credentials()
SECRET = "swordfish-4711"
#: `ada:swordfish-4711`, as the header has it.
PAIR = "YWRhOnN3b3JkZmlzaC00NzEx"


@pytest.fixture
def bare(tmp_path: Path) -> BareRepository:
    repository = BareRepository(tmp_path / "repositories" / "updates.git")
    repository.commit({"policies/canary.yaml": "kind: UpdatePolicy\n"})
    return repository


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.mark.parametrize(
    ("credentials", "expects"),
    [
        (NOBODY, ""),
        (Credentials(username="ada", password=SECRET), f"Basic {PAIR}"),
        (Credentials(bearer=SECRET), f"Bearer {SECRET}"),
    ],
)
async def test_https_lets_in_who_has_the_right_credentials(
    credentials: Credentials, expects: str, bare: BareRepository, authority: Authority
) -> None:
    with GitServer(bare.folder.parent, authority, expects=expects) as server:
        repository = a_client(server, credentials, authority)
        assert list((await repository.fetch(await repository.head())).files) == ["policies/canary.yaml"]
        await repository.close()


def a_client(
    server: GitServer, credentials: Credentials, authority: Authority | None, limits: Limits | None = None
) -> GitRepository:
    ca_pem = authority.pem if authority else ""
    known = Credentials(credentials.username, credentials.password, credentials.bearer, ca_pem)
    origin = Origin(server.url("updates.git"), parse_ref({"branch": "main"}), credentials=known)
    return GitRepository(origin, allow_file=False, limits=limits or Limits())


@pytest.mark.parametrize(
    "credentials", [NOBODY, Credentials(username="ada", password=SECRET), Credentials(bearer=SECRET)]
)
async def test_wrong_credentials_are_told_and_not_shown(
    credentials: Credentials, bare: BareRepository, authority: Authority
) -> None:
    with GitServer(bare.folder.parent, authority, expects="Bearer another") as server:
        repository = a_client(server, credentials, authority)
        told = await message(repository.head(), Unauthorized)
        await repository.close()
    assert "does not let us in" in told
    assert SECRET not in told
    assert PAIR not in told


async def test_an_unknown_authority_is_not_trusted(bare: BareRepository, authority: Authority) -> None:
    with GitServer(bare.folder.parent, authority) as server:
        repository = a_client(server, NOBODY, None)
        assert "certificate" in await message(repository.head(), Unavailable)
        await repository.close()


async def test_a_server_that_sends_us_elsewhere_is_not_followed_with_credentials(
    bare: BareRepository, authority: Authority, tmp_path: Path
) -> None:
    (tmp_path / "trap").mkdir()
    with (
        GitServer(tmp_path / "trap", authority) as trap,
        GitServer(bare.folder.parent, authority, moved=trap.url("")) as server,
    ):
        repository = a_client(server, Credentials(bearer=SECRET), authority)
        assert "sends us elsewhere" in await message(repository.head(), Rejected)
        await repository.close()
        assert trap.heard == []


async def test_a_missing_repository_over_https_is_refused(bare: BareRepository, authority: Authority) -> None:
    with GitServer(bare.folder, authority) as server:
        repository = a_client(server, NOBODY, authority)
        assert "there is no repository" in await message(repository.head(), Rejected)
        await repository.close()


async def test_a_server_that_hangs_is_given_up_and_git_is_gone(
    bare: BareRepository, authority: Authority
) -> None:
    with GitServer(bare.folder.parent, authority, hangs=True) as server:
        repository = a_client(server, Credentials(bearer=SECRET), authority, Limits(ask=0.5))
        assert "did not answer within 0.5 s" in await message(repository.head(), Unavailable)
        assert processes_with(SECRET) == []
        await repository.close()


async def test_closing_ends_what_is_under_way(bare: BareRepository, authority: Authority) -> None:
    with GitServer(bare.folder.parent, authority, hangs=True) as server:
        repository = a_client(server, Credentials(bearer=SECRET), authority)
        asking = asyncio.create_task(repository.head())
        assert await asyncio.to_thread(server.asked.wait, 20)
        assert processes_with(SECRET) != []
        await repository.close()
        await message(asking, Unavailable)
    assert processes_with(SECRET) == []
    assert "is closed" in await message(repository.head(), Unavailable)


def command_lines(processes: list[int]) -> list[bytes]:
    return [Path(f"/proc/{number}/cmdline").read_bytes() for number in processes]


async def test_no_argument_holds_a_credential(bare: BareRepository, authority: Authority) -> None:
    with GitServer(bare.folder.parent, authority, hangs=True) as server:
        repository = a_client(server, Credentials(bearer=SECRET), authority)
        asking = asyncio.create_task(repository.head())
        assert await asyncio.to_thread(server.asked.wait, 20)
        commands = command_lines(processes_with(SECRET))
        await repository.close()
        await message(asking, Unavailable)
    assert any(b"ls-remote" in command for command in commands)
    assert not any(SECRET.encode() in command for command in commands)

"""Branches, tags, version ranges and commits: which commit is meant, and how it is brought."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from controller.adapters.git import Credentials, GitRepository, Origin, parse_ref
from controller.ports import Rejected, Unavailable
from tests.adapters.git_opening import Open, message
from tests.lab.git_repository import BareRepository
from tests.lab.git_server import GitServer
from tests.lab.pki import Authority

FILES = {"a.yaml": "a"}


@contextmanager
def served(bare: BareRepository, *, old: bool) -> Iterator[tuple[GitServer, str]]:
    """The repository over https, and the certificate to believe; an *old* server gives no other commits."""
    authority = Authority()
    with GitServer(bare.folder.parent, authority, old=old) as server:
        yield server, authority.pem


def a_client(server: GitServer, ca_pem: str, commit: str) -> GitRepository:
    ref, credentials = parse_ref({"commit": commit}), Credentials(ca_pem=ca_pem)
    return GitRepository(Origin(server.url("updates.git"), ref, credentials=credentials), allow_file=False)


async def test_a_tag_is_its_commit(bare: BareRepository, opened: Open) -> None:
    made = bare.commit(FILES)
    bare.git("tag", "v1.0.0", made)
    bare.commit({"b.yaml": "b"})
    repository = opened(tag="v1.0.0")
    assert await repository.head() == f"v1.0.0@sha1:{made}"
    assert (await repository.fetch(f"v1.0.0@sha1:{made}")).files == {"a.yaml": b"a"}


@pytest.mark.parametrize("ref", [{"tag": "v1.0.0"}, {"semver": "1.x"}])
async def test_an_annotated_tag_is_the_commit_that_it_is_of(
    ref: dict[str, str], bare: BareRepository, opened: Open
) -> None:
    made = bare.commit(FILES)
    bare.git("tag", "-a", "-m", "one", "v1.0.0", made)
    repository = opened(**ref)
    assert await repository.head() == f"v1.0.0@sha1:{made}"
    assert (await repository.fetch(f"v1.0.0@sha1:{made}")).files == {"a.yaml": b"a"}


async def test_a_tag_of_no_commit_is_refused(bare: BareRepository, opened: Open) -> None:
    bare.commit(FILES)
    blob = bare.git("hash-object", "-w", "--stdin", given=b"x")
    bare.git("tag", "odd", blob)
    repository = opened(tag="odd")
    told = await message(repository.fetch(await repository.head()), Rejected)
    assert "has no commit where spec.git.ref points to" in told


async def test_a_branch_that_is_called_like_a_tag_is_another_one(bare: BareRepository, opened: Open) -> None:
    tagged, branched = bare.commit(FILES), bare.commit({"b.yaml": "b"}, branch="v1")
    bare.git("tag", "v1", tagged)
    assert await opened(tag="v1").head() == f"v1@sha1:{tagged}"
    assert await opened(branch="v1").head() == f"v1@sha1:{branched}"


async def test_a_ref_whose_end_looks_the_same_is_another_one(bare: BareRepository, opened: Open) -> None:
    made = bare.commit(FILES)
    bare.git("update-ref", "refs/heads/a/refs/heads/main", bare.commit(FILES, branch="b"))
    bare.git("update-ref", "refs/remotes/refs/heads/main", made)
    assert await opened().head() == f"main@sha1:{made}"


@pytest.mark.parametrize(
    ("semver", "tag"),
    [
        (">=1.0.0 <2.0.0", "v1.10.0"),
        ("1.x", "v1.10.0"),
        ("~1.2", "1.2.9"),
        ("^1.2.0-0", "v1.11.0-rc.1"),
        ("*", "v2.0.0"),
    ],
)
async def test_the_highest_version_in_the_range_is_followed(
    semver: str, tag: str, bare: BareRepository, opened: Open
) -> None:
    for name in ("v1.2.0", "1.2.9", "v1.10.0", "v1.11.0-rc.1", "v2.0.0", "v3.0", "latest", "x/v1.99.0"):
        bare.git("tag", name, bare.commit({"a.yaml": name}))
    repository = opened(semver=semver)
    head = await repository.head()
    assert head.partition("@")[0] == tag
    assert (await repository.fetch(head)).files == {"a.yaml": tag.encode()}


async def test_a_new_tag_in_the_range_is_the_next_head(bare: BareRepository, opened: Open) -> None:
    repository = opened(semver="1.x")
    for tag in ("v1.9.0", "v1.10.0"):
        bare.git("tag", tag, bare.commit({"a.yaml": tag}))
        assert (await repository.head()).startswith(f"{tag}@sha1:")


@pytest.mark.parametrize(
    ("ref", "missing"),
    [
        ({"branch": "release"}, "has no branch 'release', expected spec.git.ref to name one"),
        ({"tag": "v9"}, "has no tag 'v9', expected spec.git.ref to name one"),
        ({"semver": "9.x"}, "has no tag in '9.x', expected spec.git.ref to name one"),
    ],
)
async def test_what_is_missing_is_named(
    ref: dict[str, str], missing: str, bare: BareRepository, opened: Open
) -> None:
    bare.git("tag", "v1.0.0", bare.commit(FILES))
    assert missing in await message(opened(**ref).head(), Rejected)


async def test_a_commit_is_followed_wherever_its_branch_goes(bare: BareRepository, opened: Open) -> None:
    made = bare.commit(FILES)
    bare.commit({"b.yaml": "b"}, parent=made)
    repository = opened(commit=made)
    assert await repository.head() == f"sha1:{made}"
    assert (await repository.fetch(f"sha1:{made}")).files == {"a.yaml": b"a"}


async def test_the_head_of_a_commit_asks_nobody() -> None:
    origin = Origin("https://127.0.0.1:1/nobody.git", parse_ref({"commit": "1" * 40}))
    repository = GitRepository(origin, allow_file=False)
    assert await repository.head() == f"sha1:{'1' * 40}"
    await message(repository.fetch(f"sha1:{'1' * 40}"), Unavailable)
    await repository.close()


@pytest.mark.parametrize("old", [False, True], ids=["gives any commit", "gives what refs stand on alone"])
async def test_a_commit_that_no_ref_stands_on_is_brought_from_any_server(
    old: bool, bare: BareRepository
) -> None:
    made = bare.commit(FILES)
    bare.commit({"b.yaml": "b"}, parent=made)
    with served(bare, old=old) as (server, ca_pem):
        repository = a_client(server, ca_pem, made)
        assert (await repository.fetch(f"sha1:{made}")).files == {"a.yaml": b"a"}
        await repository.close()


@pytest.mark.parametrize("old", [False, True], ids=["gives any commit", "gives what refs stand on alone"])
async def test_a_missing_commit_is_named(old: bool, bare: BareRepository) -> None:
    bare.commit(FILES)
    with served(bare, old=old) as (server, ca_pem):
        repository = a_client(server, ca_pem, "1" * 40)
        told = await message(repository.fetch(f"sha1:{'1' * 40}"), Rejected)
        assert f"has no commit {'1' * 40} on a branch or tag" in told
        await repository.close()


@pytest.mark.parametrize(
    ("ref", "problem"),
    [
        ({}, "spec.git.ref holds nothing, expected exactly one of branch, tag, semver, commit"),
        ({"branch": "main", "tag": "v1"}, "spec.git.ref holds branch and tag, expected exactly one of"),
        ({"name": "refs/heads/x"}, "spec.git.ref holds name, expected exactly one of"),
        ({"semver": "newest"}, "spec.git.ref.semver is 'newest': 'newest' is no range such as"),
        ({"commit": "9f2c"}, "spec.git.ref.commit is '9f2c', expected the 40 hexadecimal digits of a commit"),
        ({"commit": "A" * 40}, "expected the 40 hexadecimal digits of a commit"),
        ({"tag": "v1..2"}, "spec.git.ref.tag is 'v1..2', expected the name of a tag such as v1.2.3"),
    ],
)
def test_what_is_no_ref_is_told(ref: dict[str, str], problem: str) -> None:
    with pytest.raises(Rejected) as raised:
        parse_ref(ref)
    assert problem in str(raised.value)

"""Git: what is read of a repository, what is refused, and that nothing is left behind."""

import stat
from pathlib import Path

import pytest

from controller.adapters.git import Credentials, GitRepository, Limits, Origin, parse_ref
from controller.adapters.git.access import environment
from controller.ports import Rejected, Unavailable
from tests.adapters.git_opening import Open, message
from tests.lab.git_repository import EXECUTABLE, LINK, SUBMODULE, BareRepository

MAIN = parse_ref({"branch": "main"})
SECRET = "swordfish-4711"
FILES = {"policies/canary.yaml": "kind: UpdatePolicy\n"}


async def files(repository: GitRepository) -> dict[str, bytes]:
    return dict((await repository.fetch(await repository.head())).files)


async def test_the_head_is_the_branch_and_its_commit(bare: BareRepository, opened: Open) -> None:
    made = bare.commit(FILES)
    bare.commit(FILES, branch="other/main")
    assert await opened().head() == f"main@sha1:{made}"


async def test_a_commit_is_its_revision_and_its_manifests(bare: BareRepository, opened: Open) -> None:
    bare.commit({"a.yaml": "a", "b/c.yml": b"\xff\x00\n", "b/d.json": "", "README.md": "no", "yaml": "no"})
    repository = opened()
    revision = await repository.head()
    commit = await repository.fetch(revision)
    assert commit.revision == revision
    assert commit.files == {"a.yaml": b"a", "b/c.yml": b"\xff\x00\n", "b/d.json": b""}


async def test_the_next_commit_is_read_by_the_same_repository(bare: BareRepository, opened: Open) -> None:
    repository = opened()
    bare.commit({"a.yaml": "1"})
    assert await files(repository) == {"a.yaml": b"1"}
    bare.commit({"a.yaml": "2"})
    assert await files(repository) == {"a.yaml": b"2"}


@pytest.mark.parametrize("path", ["policies", "policies/", "./policies"])
async def test_only_what_is_below_the_path_is_read(path: str, bare: BareRepository, opened: Open) -> None:
    bare.commit({"policies/mac/a.yaml": "a", "policies-old/b.yaml": "b", "c.yaml": "c"})
    assert await files(opened(path)) == {"policies/mac/a.yaml": b"a"}


async def test_a_missing_path_holds_nothing(bare: BareRepository, opened: Open) -> None:
    bare.commit(FILES)
    assert await files(opened("nowhere")) == {}


async def test_dot_files_and_dot_folders_below_the_path_are_skipped(
    bare: BareRepository, opened: Open
) -> None:
    bare.commit({".github/a.yaml": "a", "b/.hidden.yaml": "b", "c.yaml": "c"})
    assert await files(opened()) == {"c.yaml": b"c"}
    assert await files(opened(".github")) == {".github/a.yaml": b"a"}


async def test_links_and_submodules_are_never_followed(bare: BareRepository, opened: Open) -> None:
    contents = {"a.yaml": "/etc/passwd", "b.yaml": "b", "sub.yaml": "1" * 40}
    bare.commit(contents, modes={"a.yaml": LINK, "b.yaml": EXECUTABLE, "sub.yaml": SUBMODULE})
    assert await files(opened()) == {"b.yaml": b"b"}


@pytest.mark.parametrize("path", ["--upload-pack=touch x", "-r", ":(glob)**", "*"])
async def test_a_path_is_a_path_whatever_it_looks_like(path: str, bare: BareRepository, opened: Open) -> None:
    bare.commit({f"{path}/a.yaml": "a", "b.yaml": "b"})
    assert await files(opened(path)) == {f"{path}/a.yaml": b"a"}


async def test_a_name_of_any_bytes_can_be_told(bare: BareRepository, opened: Open) -> None:
    bare.commit(
        {"ä/a\nb.yaml": "a", "c\udcff.yaml".encode("utf-8", "surrogateescape").decode("latin-1"): "b"}
    )
    assert sorted(await files(opened())) == ["cÿ.yaml", "ä/a\\nb.yaml"]


@pytest.mark.parametrize(
    "branch", ["--upload-pack=x", "a:b", "*", "a..b", "a b", "/a", "a.lock", "", "a\nb", "@{u}"]
)
def test_what_cannot_be_a_branch_is_refused(branch: str) -> None:
    with pytest.raises(Rejected, match="expected the name of a branch such as main"):
        parse_ref({"branch": branch})


async def test_a_missing_branch_is_named(bare: BareRepository, opened: Open) -> None:
    bare.commit(FILES)
    assert "has no branch 'release'" in await message(opened(branch="release").head(), Rejected)


async def test_a_missing_repository_is_refused(opened: Open, tmp_path: Path) -> None:
    url = (tmp_path / "nowhere.git").as_uri()
    assert "there is no repository" in await message(opened(url=url).head(), Rejected)


async def test_a_branch_that_moved_meanwhile_is_asked_again_later(bare: BareRepository, opened: Open) -> None:
    bare.commit(FILES)
    repository = opened()
    revision = await repository.head()
    bare.commit({"other.yaml": ""})
    assert "moved from" in await message(repository.fetch(revision), Unavailable)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        (
            "file:///srv/updates.git",
            "begins with 'file', expected https or ssh; file URLs need --allow-file-urls",
        ),
        ("http://git.acme.example/a.git", "begins with 'http', expected https or ssh"),
        ("ssh://git@git.acme.example/a.git", "has no identity and no known_hosts, expected identity and"),
        (f"ssh://git:{SECRET}@git.acme.example/a.git", "holds credentials, expected them in the Secret"),
        (f"ssh://git%3A{SECRET}@git.acme.example/a.git", "holds credentials, expected them in the Secret"),
        ("ssh://-oProxyCommand=x/a.git", "expected one such as https://git.acme.example/updates.git"),
        ("ssh://%2DoProxyCommand=x/a.git", "expected one such as https://git.acme.example/updates.git"),
        ("ssh://-x@git.acme.example/a.git", "holds credentials, expected them in the Secret"),
        ("git@git.acme.example:a.git", "begins with '', expected https or ssh"),
        ("ext::sh -c touch% x", "begins with 'ext', expected https or ssh"),
        ("--upload-pack=x", "begins with '', expected https or ssh"),
        (f"https://ada:{SECRET}@git.acme.example/a.git", "holds credentials, expected them in the Secret"),
        (f"https://{SECRET}@git.acme.example/a.git", "holds credentials, expected them in the Secret"),
        ("https:///a.git", "expected one such as https://git.acme.example/updates.git"),
        ("https://git.acme.example/a\n.git", "expected one such as https://git.acme.example/updates.git"),
        ("https://[git/a.git", "is no URL"),
    ],
)
def test_a_url_that_may_not_be_asked_is_refused(url: str, problem: str) -> None:
    with pytest.raises(Rejected) as raised:
        GitRepository(Origin(url, MAIN), allow_file=False)
    assert problem in str(raised.value)
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize("path", ["/etc", "../x", "a/../../b", "a\nb"])
def test_a_path_outside_is_refused(path: str, bare: BareRepository) -> None:
    with pytest.raises(Rejected, match="expected a folder of the repository such as policies"):
        GitRepository(Origin(bare.url, MAIN, path), allow_file=True)


@pytest.mark.parametrize(
    ("limits", "problem"),
    [
        (Limits(blob=3), "a/b.yaml has 4 bytes, expected at most 3"),
        (Limits(files=1), "a holds 2 manifests, expected at most 1"),
        (Limits(total=5), "a holds 6 bytes, expected at most 5"),
    ],
)
async def test_a_limit_is_named_with_what_was_found(
    limits: Limits, problem: str, bare: BareRepository, opened: Open
) -> None:
    bare.commit({"a/b.yaml": "1234", "a/c.yaml": "12", "large.yaml": "12345678"})
    repository = opened("a", limits=limits)
    assert await message(repository.fetch(await repository.head()), Rejected) == problem


def test_the_limits_are_what_the_documents_promise() -> None:
    assert Limits() == Limits(
        ask=30, fetch=120, pack=256 << 20, memory=1 << 30, blob=1024**2, files=10_000, total=64 * 1024**2
    )


async def test_a_tree_that_grows_without_end_is_refused(bare: BareRepository, opened: Open) -> None:
    """Ten files, ten folders of those, and so on: 10^9 names out of a hundred lines."""
    blob = bare.git("hash-object", "-w", "--stdin", given=b"x")
    tree = bare.git("mktree", given="".join(f"100644 blob {blob}\tf{n}.yaml\n" for n in range(10)).encode())
    for _ in range(8):
        tree = bare.git("mktree", given="".join(f"040000 tree {tree}\td{n}\n" for n in range(10)).encode())
    made = bare.git("-c", "user.name=a", "-c", "user.email=a", "commit-tree", "-m", "m", tree)
    bare.git("update-ref", "refs/heads/main", made)
    repository = opened()
    assert "of file names" in await message(repository.fetch(await repository.head()), Rejected)


def test_credentials_cannot_be_seen() -> None:
    assert repr(Credentials(*[SECRET] * 6)) == "Credentials()"


def test_git_hears_nothing_of_the_machine_and_the_certificate_is_private(tmp_path: Path) -> None:
    told = environment("https://git.acme.example/a.git", Credentials(ca_pem="PEM"), tmp_path)
    assert told["GIT_ALLOW_PROTOCOL"] == "https"
    assert (told["GIT_CONFIG_GLOBAL"], told["GIT_CONFIG_NOSYSTEM"]) == ("/dev/null", "1")
    assert stat.S_IMODE((tmp_path / "ca.crt").stat().st_mode) == 0o600
    assert stat.S_IMODE(tmp_path.stat().st_mode) & 0o077 in (0, 0o055)

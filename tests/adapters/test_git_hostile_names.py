"""Refs, paths and addresses that mean something else to git, or to a terminal: refused before git runs."""

from pathlib import Path

import pytest

from controller.adapters.git import GitRepository, Origin, parse_ref
from controller.ports import Rejected
from tests.lab.git_repository import BareRepository

MAIN = parse_ref({"branch": "main"})


@pytest.mark.parametrize("key", ["branch", "tag"])
@pytest.mark.parametrize(
    "name",
    ["-x", "--upload-pack=touch x", "--upload-pack=touch", "a\0b", "a\n--upload-pack=x", "a\x1b[2J", "a\\b"],
)
def test_a_ref_that_looks_like_something_else_is_refused(key: str, name: str) -> None:
    with pytest.raises(Rejected) as raised:
        parse_ref({key: name})
    assert f"spec.git.ref.{key} is {name!r}, expected the name of a {key} such as" in str(raised.value)
    assert str(raised.value).isprintable()


@pytest.mark.parametrize("key", ["semver", "commit"])
@pytest.mark.parametrize("text", ["--upload-pack=touch x", "-x", "1\0", "1;x", f"{'1' * 40}\n"])
def test_a_range_or_commit_that_looks_like_something_else_is_refused(key: str, text: str) -> None:
    with pytest.raises(Rejected, match=f"spec.git.ref.{key} is "):
        parse_ref({key: text})


@pytest.mark.parametrize("path", ["a\0b", "a\r\n--x", "a\x1b[2J", "a\udcff", "..", "a/.."])
def test_a_path_that_is_none_is_refused_in_one_line(path: str, bare: BareRepository, private: Path) -> None:
    with pytest.raises(Rejected, match="expected a folder of the repository such as policies") as raised:
        GitRepository(Origin(bare.url, MAIN, path), allow_file=True)
    assert str(raised.value).isprintable()
    assert list(private.iterdir()) == []


@pytest.mark.parametrize("allow_file", [False, True])
@pytest.mark.parametrize(
    ("url", "begins"),
    [
        ("ext::sh -c touch% /tmp/x", "ext"),
        ("fd::17/x", "fd"),
        ("git://git.acme.example/a.git", "git"),
        ("http://git.acme.example/a.git", "http"),
        ("ftp://git.acme.example/a.git", "ftp"),
        ("git+ssh://git.acme.example/a.git", "git+ssh"),
        ("https::ext::sh -c x", "https"),
        ("HTTPS://git.acme.example/a.git", "https"),
        ("/srv/updates.git", ""),
        ("--upload-pack=touch x", ""),
        ("-x", ""),
    ],
)
def test_another_way_to_a_repository_is_refused(
    url: str, begins: str, allow_file: bool, private: Path
) -> None:
    with pytest.raises(Rejected, match=f"begins with {begins!r}, expected https or ssh".replace("+", r"\+")):
        GitRepository(Origin(url, MAIN), allow_file=allow_file)
    assert list(private.iterdir()) == []

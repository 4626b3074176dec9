"""What to follow in a repository, by the keys of `spec.git.ref`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from controller.adapters.git.ranges import Range, parse_range, parse_version
from controller.ports import Rejected

#: What a branch or tag cannot be called, as `git check-ref-format` has it.
_NO_NAME = re.compile(r"[ ~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(/|$)|^[./-]|[./]$|^@$|^$")

_HEADS, _TAGS, _PEELED = "refs/heads/", "refs/tags/", "^{}"

_COMMIT = re.compile(r"[0-9a-f]{40}")


class Ref(Protocol):
    """What to follow, in a few questions to a remote."""

    def question(self) -> tuple[str, ...]:
        """What `ls-remote` is asked: an option, and patterns. Empty where the ref itself is the answer."""
        ...

    def revision(self, found: Mapping[str, str]) -> str:
        """The revision among the commits that were *found* by the full names of refs; empty without one."""
        ...

    def source(self, revision: str) -> str:
        """What a fetch of that revision asks for."""
        ...


@dataclass(frozen=True, slots=True)
class Branch:
    """The newest commit of a branch."""

    name: str

    def __str__(self) -> str:
        return f"branch {self.name!r}"

    def question(self) -> tuple[str, ...]:
        """That branch."""
        return "--heads", _HEADS + self.name

    def revision(self, found: Mapping[str, str]) -> str:
        """Such as `main@sha1:9f2c…`."""
        return _revision(self.name, found.get(_HEADS + self.name))

    def source(self, revision: str) -> str:
        """The branch, whatever it is by now: not every server gives a commit that it moved away from."""
        return _HEADS + _name_of(revision)


@dataclass(frozen=True, slots=True)
class Tag:
    """The commit of one tag."""

    name: str

    def __str__(self) -> str:
        return f"tag {self.name!r}"

    def question(self) -> tuple[str, ...]:
        """That tag, and the commit that it is of where it is an object of its own."""
        return "--tags", _TAGS + self.name, _TAGS + self.name + _PEELED

    def revision(self, found: Mapping[str, str]) -> str:
        """Such as `v1.2.3@sha1:9f2c…`."""
        return _revision(self.name, found.get(_TAGS + self.name))

    def source(self, revision: str) -> str:
        """The tag."""
        return _TAGS + _name_of(revision)


@dataclass(frozen=True, slots=True)
class Highest:
    """The commit of the tag with the highest version in a range."""

    text: str
    range: Range

    def __str__(self) -> str:
        return f"tag in {self.text!r}"

    def question(self) -> tuple[str, ...]:
        """All tags."""
        return ("--tags",)

    def revision(self, found: Mapping[str, str]) -> str:
        """Such as `v1.2.3@sha1:9f2c…`; of two tags of one version, the last by name."""
        tags = [name.removeprefix(_TAGS) for name in found if name.startswith(_TAGS)]
        versions = ((parse_version(tag), tag) for tag in tags)
        among = [(version, tag) for version, tag in versions if version and version in self.range]
        _, highest = max(among, default=(None, ""))
        return _revision(highest, found.get(_TAGS + highest))

    def source(self, revision: str) -> str:
        """The tag that the revision names."""
        return _TAGS + _name_of(revision)


@dataclass(frozen=True, slots=True)
class Pin:
    """One commit for good."""

    commit: str

    def __str__(self) -> str:
        return f"commit {self.commit}"

    def question(self) -> tuple[str, ...]:
        """None: nothing that a repository can say changes what this commit is."""
        return ()

    def revision(self, found: Mapping[str, str]) -> str:
        """Such as `sha1:9f2c…`."""
        return f"sha1:{self.commit}"

    def source(self, revision: str) -> str:
        """The commit itself."""
        return revision.rpartition(":")[2]


def parse_ref(ref: Mapping[str, str]) -> Ref:
    """What `spec.git.ref` asks for; `Rejected` says what is wrong with it."""
    if len(ref) != 1 or not ref.keys() <= REFS.keys():
        found = " and ".join(sorted(ref)) or "nothing"
        raise Rejected(f"spec.git.ref holds {found}, expected exactly one of {', '.join(REFS)}")
    [(key, text)] = ref.items()
    return REFS[key](text)


def _revision(name: str, commit: str | None) -> str:
    return f"{name}@sha1:{commit}" if commit else ""


def _name_of(revision: str) -> str:
    return revision.rpartition("@")[0]


def _name(key: str, text: str, such_as: str) -> str:
    if not text.isprintable() or _NO_NAME.search(text):
        raise Rejected(f"spec.git.ref.{key} is {text!r}, expected the name of a {key} such as {such_as}")
    return text


def _branch(text: str) -> Branch:
    return Branch(_name("branch", text, "main"))


def _tag(text: str) -> Tag:
    return Tag(_name("tag", text, "v1.2.3"))


def _semver(text: str) -> Highest:
    try:
        return Highest(text, parse_range(text))
    except ValueError as error:
        raise Rejected(f"spec.git.ref.semver is {text!r}: {error}") from error


def _pin(text: str) -> Pin:
    if not _COMMIT.fullmatch(text):
        raise Rejected(f"spec.git.ref.commit is {text!r}, expected the 40 hexadecimal digits of a commit")
    return Pin(text)


#: The keys of `spec.git.ref`.
REFS: Mapping[str, Callable[[str], Ref]] = {
    "branch": _branch,
    "tag": _tag,
    "semver": _semver,
    "commit": _pin,
}


def parse_refs(said: str) -> Mapping[str, str]:
    """Commits by full names of refs, from `ls-remote`; a tag that is an object stands for what it is of."""
    pairs = (line.partition("\t") for line in said.splitlines())
    return {name.removesuffix(_PEELED): oid for oid, _, name in pairs}

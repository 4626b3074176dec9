"""Which releases an author accepts: one small class for each key of `spec.target`."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from controller.domain.catalog import Shelf
from controller.domain.releases import Release
from controller.domain.versions import Version


class Target(Protocol):
    """Which releases an author accepts."""

    #: Does it choose what Apple offers now before what is only still signed?
    prefers_public: ClassVar[bool]

    def narrow(self, releases: Iterable[Release], installed: Version) -> Sequence[Release]:
        """Those accepted for a device that runs *installed*, older ones among them, in their order."""
        ...

    def exceeded_by(self, installed: Version) -> bool:
        """Does the device run more than is asked for?"""
        ...

    def __str__(self) -> str:
        """What it asks for, to stand in a message."""
        ...


@dataclass(frozen=True, slots=True)
class SameMajor:
    """The newest of the major that the device runs."""

    prefers_public: ClassVar[bool] = True

    def narrow(self, releases: Iterable[Release], installed: Version) -> Sequence[Release]:
        """Those of the device's own major."""
        return [r for r in releases if r.version.major == installed.major]

    def exceeded_by(self, installed: Version) -> bool:  # noqa: ARG002 (the protocol's)
        """Never."""
        return False

    def __str__(self) -> str:
        return "the newest of the major that it runs"


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest for the device's model, or the newest of one major.

    A device on a newer major than the one asked for gets the newest of its own.
    """

    major: int | None = None
    prefers_public: ClassVar[bool] = True

    def narrow(self, releases: Iterable[Release], installed: Version) -> Sequence[Release]:
        """All, or those of the major."""
        if self.major is None:
            return list(releases)
        major = max(self.major, installed.major)
        return [r for r in releases if r.version.major == major]

    def exceeded_by(self, installed: Version) -> bool:  # noqa: ARG002 (the protocol's)
        """Never: a device that is further on is looked after where it is."""
        return False

    def __str__(self) -> str:
        return "the newest" if self.major is None else f"the newest {self.major}"


@dataclass(frozen=True, slots=True)
class Exact:
    """One version and no other."""

    version: Version
    prefers_public: ClassVar[bool] = False

    def narrow(self, releases: Iterable[Release], installed: Version) -> Sequence[Release]:  # noqa: ARG002
        """That one, where the model ever had it."""
        return [r for r in releases if r.version == self.version]

    def exceeded_by(self, installed: Version) -> bool:
        """Is it newer already? Nothing is ever taken back to an older version."""
        return installed > self.version

    def __str__(self) -> str:
        return f"exactly {self.version}"


#: The keys of `spec.target` that ask for something; `none` is the other one.
TARGETS: Mapping[str, Callable[[Mapping[str, Any]], Target]] = {
    "sameMajor": lambda _: SameMajor(),
    "latest": lambda options: Latest(options.get("major")),
    "exact": lambda options: Exact(Version.parse(options["version"])),
}


def parse_target(spec: Mapping[str, Any]) -> Target | None:
    """Read `spec.target`; None for `none: {}`. A ValueError says which key is not known."""
    [(key, options)] = spec.items()
    if key == "none":
        return None
    if key not in TARGETS:
        raise ValueError(f"spec.target.{key} is not a target that this version of Pomona knows")
    return TARGETS[key](options)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a target makes of a shelf: *accepted* in order of version, and the one to ask for, if any."""

    accepted: Sequence[Release]
    release: Release | None


def choose(target: Target, shelf: Shelf, installed: Version, skipped: Collection[Version]) -> Choice:
    """The newest release above *installed* that can be asked for; never a downgrade.

    *skipped* and withdrawn releases are out. `latest` and `sameMajor` take what is on offer before what is
    only still signed.
    """
    accepted = [
        r for r in target.narrow(shelf.releases, installed) if r.version not in skipped and not r.withdrawn
    ]
    newer = [r for r in accepted if r.version > installed and r.installable]
    public = [r for r in newer if r.public] if target.prefers_public else []
    return Choice(accepted, max(public or newer, key=lambda r: r.version, default=None))

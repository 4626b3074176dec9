"""Which releases an author accepts: one small class for each key of `spec.target`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Protocol

from controller.domain.majors import Majors
from controller.domain.releases import Release
from controller.domain.versions import Version


class Target(Protocol):
    """Which releases an author accepts. *majors* are those of the device's platform that exist."""

    #: Does it choose what Apple offers now before what is only still signed?
    prefers_public: ClassVar[bool]

    def pinned(self) -> str:
        """The only build that will do; empty where any will."""
        ...

    def narrow(self, releases: Iterable[Release], installed: Version, majors: Majors) -> Sequence[Release]:
        """Those accepted for a device that runs *installed*, older ones among them, in their order."""
        ...

    def exceeded_by(self, installed: Version, majors: Majors) -> bool:
        """Does the device run more than is asked for?"""
        ...

    def accepted_since(self, release: Release, majors: Majors) -> date:
        """The day from which it accepts this release that it accepts now; its posting where it always did."""
        ...

    def __str__(self) -> str:
        """What it asks for, to stand in a message."""
        ...


@dataclass(frozen=True, slots=True)
class _Always:
    """What most targets share: any build, releases accepted from their posting on, and nothing is too new."""

    prefers_public: ClassVar[bool] = True

    def pinned(self) -> str:
        """Any build."""
        return ""

    def exceeded_by(self, installed: Version, majors: Majors) -> bool:
        """Never: a device that is further on is looked after where it is."""
        return False

    def accepted_since(self, release: Release, majors: Majors) -> date:
        """From its posting on."""
        return release.posted


@dataclass(frozen=True, slots=True)
class SameMajor(_Always):
    """The newest of the major that the device runs."""

    def narrow(self, releases: Iterable[Release], installed: Version, majors: Majors) -> Sequence[Release]:
        """Those of the device's own major."""
        return [r for r in releases if r.version.major == installed.major]

    def __str__(self) -> str:
        return "the newest of the major that it runs"


@dataclass(frozen=True, slots=True)
class Latest(_Always):
    """The newest for the device's model."""

    def narrow(self, releases: Iterable[Release], installed: Version, majors: Majors) -> Sequence[Release]:
        """All of them."""
        return list(releases)

    def __str__(self) -> str:
        return "the newest"


@dataclass(frozen=True, slots=True)
class OfMajor(_Always):
    """The newest of one major; a device on a newer major gets the newest of its own."""

    major: int

    def narrow(self, releases: Iterable[Release], installed: Version, majors: Majors) -> Sequence[Release]:
        """Those of the major, or of the device's own where that is newer."""
        major = max(self.major, installed.major)
        return [r for r in releases if r.version.major == major]

    def __str__(self) -> str:
        return f"the newest {self.major}"


@dataclass(frozen=True, slots=True)
class Behind(_Always):
    """The newest whose major has at least *count* newer ones on the platform."""

    count: int

    def narrow(self, releases: Iterable[Release], installed: Version, majors: Majors) -> Sequence[Release]:
        """Those whose major is old enough; none while the platform has too few majors."""
        newest = majors.behind(self.count)
        return [] if newest is None else [r for r in releases if r.version.major <= newest]

    def exceeded_by(self, installed: Version, majors: Majors) -> bool:
        """Is its major newer than that?"""
        newest = majors.behind(self.count)
        return newest is not None and installed.major > newest

    def accepted_since(self, release: Release, majors: Majors) -> date:
        """From the day on which enough newer majors had come."""
        return max(release.posted, majors.passed(release.version.major, self.count) or release.posted)

    def __str__(self) -> str:
        return f"the newest that is {self.count} {'major' if self.count == 1 else 'majors'} behind"


@dataclass(frozen=True, slots=True)
class Below(_Always):
    """The newest below a version, which is not included."""

    version: Version
    prefers_public: ClassVar[bool] = False

    def narrow(self, releases: Iterable[Release], installed: Version, majors: Majors) -> Sequence[Release]:
        """Those that are older."""
        return [r for r in releases if r.version < self.version]

    def exceeded_by(self, installed: Version, majors: Majors) -> bool:
        """Does it run that version already, or a newer one?"""
        return installed >= self.version

    def __str__(self) -> str:
        return f"the newest below {self.version}"


@dataclass(frozen=True, slots=True)
class Exact(_Always):
    """One version and no other; where *build* is given, that build of it."""

    version: Version
    build: str = ""
    prefers_public: ClassVar[bool] = False

    def pinned(self) -> str:
        """The build that the author gave."""
        return self.build

    def narrow(self, releases: Iterable[Release], installed: Version, majors: Majors) -> Sequence[Release]:
        """That one, where the model ever had it."""
        return [r for r in releases if r.version == self.version]

    def exceeded_by(self, installed: Version, majors: Majors) -> bool:
        """Is it newer already? Nothing is ever taken back to an older version."""
        return installed > self.version

    def __str__(self) -> str:
        return f"exactly {self.version} ({self.build})" if self.build else f"exactly {self.version}"


def _version(text: str) -> Version:
    """A version, or a major alone: 26 is 26.0."""
    return Version.parse(text if "." in text else f"{text}.0")


def _latest(options: Mapping[str, Any]) -> Target:
    if "behind" in options:
        return Behind(options["behind"])
    return OfMajor(options["major"]) if "major" in options else Latest()


#: The keys of `spec.target` that ask for something; `none` is the other one.
TARGETS: Mapping[str, Callable[[Mapping[str, Any]], Target]] = {
    "sameMajor": lambda _: SameMajor(),
    "latest": _latest,
    "below": lambda options: Below(_version(options["version"])),
    "exact": lambda options: Exact(Version.parse(options["version"]), options.get("build", "")),
}


def parse_target(spec: Mapping[str, Any]) -> Target | None:
    """Read `spec.target`; None for `none: {}`. A ValueError says which key is not known."""
    [(key, options)] = spec.items()
    if key == "none":
        return None
    if key not in TARGETS:
        raise ValueError(f"spec.target.{key} is not a target that this version of Pomona knows")
    return TARGETS[key](options)

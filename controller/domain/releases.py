"""One release of Apple's, and what may come on top of it."""

from dataclasses import dataclass
from datetime import date

from controller.domain.versions import Version


@dataclass(frozen=True, slots=True)
class Release:
    """One version, as it stands for some models.

    *posted* is the earliest posting date ever seen: Apple posts the same release again, with later dates.
    *public* are the builds on offer now, *signed* those that can still be installed, *past* the others ever
    listed. *withdrawn*: Apple took it back; that is remembered for good.
    """

    version: Version
    posted: date
    public: tuple[str, ...] = ()
    signed: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    withdrawn: bool = False

    @property
    def installable(self) -> bool:
        """Can a device be asked for it?"""
        return bool(self.signed) and not self.withdrawn

    def lists(self, build: str) -> bool:
        """Was this build ever listed?"""
        return build in self.signed or build in self.past


@dataclass(frozen=True, slots=True)
class Improvement:
    """A background security improvement that is on offer: an extra such as `a` on top of one build.

    *prerequisite* is the build that a device must run to take it; *build* is what it then reports as its
    supplemental build.
    """

    version: Version
    extra: str
    build: str
    prerequisite: str
    posted: date

    def __str__(self) -> str:
        return f"{self.version} ({self.extra})"

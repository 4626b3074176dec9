"""What the rules look at, how a device stands under a policy, and what they say of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from controller.domain.catalog import Shelf
from controller.domain.declarations import Declaration
from controller.domain.devices import Hold
from controller.domain.reasons import Reason
from controller.domain.releases import Improvement, Release
from controller.domain.terms import Terms
from controller.domain.versions import Platform, Version


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is decided.

    *declaration* is what shall be in force, None for nothing. *unfinished*: what is in force now is let go
    although it was neither installed nor made void; these count for the brake. *release* is what is asked
    for, or what the device has reached.
    """

    reason: Reason
    message: str
    declaration: Declaration | None = None
    unfinished: bool = False
    release: Release | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a device stands: what it is, what it runs, and what is in force on it.

    Devices that stand alike share a verdict. *supplemental* is the build of its background security
    improvement; *hold* is absent once it is over; *lag* is how many days earlier `spreadDays` makes it due.
    """

    model: str
    platform: Platform | None
    version: Version
    build: str
    supplemental: str
    declaration: Declaration | None
    hold: Hold | None = None
    lag: int = 0

    @property
    def runs(self) -> tuple[Version, str]:
        """Version and build."""
        return self.version, self.build


@dataclass(frozen=True, slots=True)
class Case:
    """One standing under one policy. *terms* is None without a target."""

    standing: Standing
    terms: Terms | None
    shelf: Shelf | None
    skipped: Collection[Version]
    now: datetime

    @property
    def stays(self) -> Declaration | None:
        """What is in force, unless it was installed, taken back, is signed no more, or is skipped.

        Where the catalog does not know the model, it cannot say that something is signed no more.
        """
        current, standing = self.standing.declaration, self.standing
        if current is None or current.satisfied_by(standing.version, standing.build, standing.supplemental):
            return None
        if current.version in self.skipped:
            return None
        return current if self.shelf is None or self.shelf.signs(current.version, current.build) else None

    def improvement(self) -> Improvement | None:
        """The background security improvement that the device lacks, on just the build that it runs.

        One whose build Apple signs no more is stale: Apple goes on listing those.
        """
        standing, shelf = self.standing, self.shelf
        release = shelf.find(standing.version) if shelf else None
        if shelf is None or release is None or standing.build not in release.signed:
            return None
        fitting = [
            i
            for i in shelf.improvements
            if (i.version, i.prerequisite) == standing.runs and i.build != standing.supplemental
        ]
        return max(fitting, key=lambda i: (i.extra, i.build), default=None)

    def nothing(self, reason: Reason, message: str) -> Verdict:
        """Nothing shall be in force. Only a hold lets go without counting for the brake."""
        stays = self.stays
        unfinished = stays is not None and self.standing.version < stays.version
        return Verdict(reason, message, unfinished=unfinished and reason is not Reason.HELD)

    def unchanged(self, reason: Reason, message: str) -> Verdict:
        """What is in force stays, unless it is void."""
        return Verdict(reason, message, self.stays)

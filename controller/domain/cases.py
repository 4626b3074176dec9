"""What the rules look at, how a device stands under a policy, and what they say of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from controller.domain.calendars import Freeze
from controller.domain.catalog import Shelf
from controller.domain.declarations import Declaration
from controller.domain.devices import Hold
from controller.domain.due import Due
from controller.domain.reasons import Reason
from controller.domain.releases import Improvement, Release
from controller.domain.terms import Terms
from controller.domain.versions import Platform, Version


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is decided.

    *declaration* is what shall be in force, None for nothing. *unfinished*: what is in force now is let go
    although it was neither installed nor made void; these count for the brake. *release* is what is asked
    for, or what the device has reached. *due* is what makes a promise due; None where nothing is promised.
    *accelerated* and *frozen* are what that says of fixes of what is exploited, by the promise's deadline.
    """

    reason: Reason
    message: str
    declaration: Declaration | None = None
    unfinished: bool = False
    release: Release | None = None
    due: Due | None = None
    accelerated: str = ""
    frozen: tuple[tuple[str, Freeze], ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """How a device stands: what it is, what it runs, and what is in force on it.

    Devices that stand alike share a verdict. *supplemental* and *extra* are build and letter of its
    background security improvement; *hold* is absent once it is over; *lag* is how many days earlier
    `spreadDays` makes it due. *left*: it checked out of the MDM; *user*: it is a User Enrollment.
    """

    model: str
    platform: Platform | None
    version: Version
    build: str
    supplemental: str
    extra: str
    declaration: Declaration | None
    hold: Hold | None = None
    lag: int = 0
    left: bool = False
    user: bool = False

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
        """What is in force, unless it was installed, taken back, is signed no more, or is skipped."""
        current, standing = self.standing.declaration, self.standing
        if current is None or current.satisfied_by(standing.version, standing.build, standing.supplemental):
            return None
        if current.version in self.skipped:
            return None
        return None if self.shelf and _void(current, self.shelf) else current

    def improvements(self) -> Sequence[Improvement]:
        """The background security improvements that the device lacks on just the build that it runs.

        In their order: whoever has (b) does not lack (a), whether (b) is still listed or not. One whose build
        Apple signs no more, or took back, is stale: Apple goes on listing those.
        """
        standing, shelf = self.standing, self.shelf
        release = shelf.find(standing.version) if shelf else None
        if shelf is None or release is None or release.withdrawn or standing.build not in release.signed:
            return ()
        fitting = sorted(
            (i for i in shelf.improvements if (i.version, i.prerequisite) == standing.runs),
            key=lambda i: (i.extra, i.build),
        )
        had = [
            n for n, i in enumerate(fitting) if i.build == standing.supplemental or i.extra <= standing.extra
        ]
        return fitting[max(had, default=-1) + 1 :]

    def nothing(self, reason: Reason, message: str) -> Verdict:
        """Nothing shall be in force. Only a hold lets go without counting for the brake."""
        stays = self.stays
        unfinished = stays is not None and self.standing.version < stays.version
        return Verdict(reason, message, unfinished=unfinished and reason is not Reason.HELD)

    def unchanged(self, reason: Reason, message: str) -> Verdict:
        """What is in force stays, unless it is void."""
        return Verdict(reason, message, self.stays)


def _void(declaration: Declaration, shelf: Shelf) -> bool:
    """Did Apple take it back, or does it sign it no more?

    Where the last answer did not list the model at all, it does not say that something is signed no more.
    """
    if shelf.signed:
        return not shelf.signs(declaration.version, declaration.build)
    release = shelf.find(declaration.version)
    return release is not None and release.withdrawn

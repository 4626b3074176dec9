"""What a device can be asked for: what its target accepts, its gate lets through, and Apple still signs."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from controller.domain.catalog import Shelf
from controller.domain.majors import Majors
from controller.domain.releases import Release
from controller.domain.targets import Target
from controller.domain.versions import Version


@dataclass(frozen=True, slots=True)
class Choice:
    """What a target makes of a shelf.

    *accepted* are the releases in order of version, older ones among them; *newer* those that the device can
    be asked for, *waiting* those that it could be if the gate were open for them.
    """

    accepted: Sequence[Release]
    newer: Sequence[Release]
    waiting: Sequence[Release]
    prefers_public: bool

    def newest(self, of: Callable[[Release], bool] = lambda _: True) -> Release | None:
        """The one to ask for, among these: of what is on offer where that comes first, else of all."""
        among = [release for release in self.newer if of(release)]
        public = [release for release in among if release.public] if self.prefers_public else []
        return max(public or among, key=lambda release: release.version, default=None)


def choose(
    target: Target,
    shelf: Shelf,
    runs: tuple[Version, str],
    majors: Majors,
    skipped: Collection[Version],
    proven: Mapping[Version, date] | None,
) -> Choice:
    """What can be asked of a device that runs this version and build; never a downgrade.

    *skipped* and withdrawn releases are out. `latest` and `sameMajor` take what is on offer before what is
    only still signed; everything under a gate (*proven* is not None) takes what is signed.
    """
    accepted = [
        r
        for r in target.narrow(shelf.releases, runs[0], majors)
        if r.version not in skipped and not r.withdrawn
    ]
    pinned = target.pinned()
    newer = [
        r
        for r in accepted
        if r.installable and is_newer(r, runs, pinned) and (pinned == "" or pinned in r.signed)
    ]
    if proven is None:
        return Choice(accepted, newer, (), target.prefers_public)
    opened = [r for r in newer if r.version in proven]
    return Choice(accepted, opened, [r for r in newer if r.version not in proven], False)


def is_newer(release: Release, runs: tuple[Version, str], pinned: str) -> bool:
    """Is it more than what a device runs: a newer version, or the same in the only build that will do?"""
    version, build = runs
    return release.version > version or (release.version == version and pinned not in ("", build))


def installed(choice: Iterable[Release], runs: tuple[Version, str], pinned: str) -> Release | None:
    """The newest of these releases that a device with this version and build has reached."""
    reached = (r for r in choice if not is_newer(r, runs, pinned))
    return max(reached, key=lambda release: release.version, default=None)

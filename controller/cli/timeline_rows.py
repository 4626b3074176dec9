"""What a timeline shows of a rehearsal: a row for each release that the device missed, and what it ran."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from controller.domain.lives import Action, Event
from controller.domain.rehearsal import Rehearsed
from controller.domain.releases import Release
from controller.domain.versions import Version


@dataclass(frozen=True, slots=True)
class Row:
    """One release: posted, perhaps proven by the ring before, asked for by a deadline until *ended*.

    *installed* is the day on which the device installed it; *story* is what became of it, for people.
    """

    version: Version
    posted: date
    proven: date | None
    asked: date | None
    deadline: date | None
    ended: date | None
    installed: date | None
    taken_back: bool
    story: str


def rows(lived: Rehearsed) -> Sequence[Row]:
    """The releases that were asked for or missed, in the order of their versions."""
    shelf = lived.catalog.shelf(lived.model)
    releases = shelf.releases if shelf else ()
    asked = {event.version for event in lived.life.events}
    return [
        _row(lived, release)
        for release in releases
        if release.posted <= lived.last and (release.version in asked or _missed(lived, release))
    ]


def runs(lived: Rehearsed) -> Iterator[tuple[date, date, Version]]:
    """What the device ran: from a day to another one."""
    changes = [(lived.first, lived.installed)]
    changes += [(i.on, i.version) for i in lived.life.installs if i.version != lived.installed]
    for (start, version), (end, _) in pairwise([*changes, (lived.last, lived.life.version)]):
        yield start, end, version


def _missed(lived: Rehearsed, release: Release) -> bool:
    """Did the device run something older when it came, and does its policy accept it?"""
    ran = lived.installed
    for install in lived.life.installs:
        if install.on <= release.posted:
            ran = install.version
    target = lived.policies[-1].target
    if target is None or release.version <= ran or not (release.signed or release.past):
        return False
    platform = lived.policies[-1].platform
    return bool(target.narrow([release], ran, lived.catalog.majors(platform)))


def _row(lived: Rehearsed, release: Release) -> Row:
    events = lived.life.events
    mine = [e for e in events if e.version == release.version]
    enforced = [e for e in mine if e.action is Action.ENFORCE]
    installed = next((e.at for e in mine if e.action is Action.INSTALLED), None)
    deadline = enforced[-1].deadline.date() if enforced and enforced[-1].deadline else None
    return Row(
        release.version,
        release.posted,
        _proven(lived, release.version),
        enforced[0].at if enforced else None,
        deadline,
        (installed or _moved(events, enforced[-1]) or lived.last) if enforced else None,
        installed,
        release.withdrawn,
        _story(lived, release, installed, deadline),
    )


def _proven(lived: Rehearsed, version: Version) -> date | None:
    days = [lived.proofs.of(policy.name).get(version) for policy in lived.policies if policy.gate]
    return min((day for day in days if day), default=None)


def _moved(events: Sequence[Event], last: Event) -> date | None:
    """The day on which something else took the place of what was asked for."""
    later = events[events.index(last) + 1 :]
    return later[0].at if later else None


def _story(lived: Rehearsed, release: Release, installed: date | None, deadline: date | None) -> str:
    if installed:
        behind = next(i.behind for i in lived.life.installs if i.version == release.version)
        return f"installed {day(installed)}, {behind} days behind"
    if release.withdrawn:
        return "Apple took it back"
    if lived.life.version > release.version:
        later = min(i.version for i in lived.life.installs if i.version > release.version)
        return f"{later} took its place"
    if deadline:
        return f"asked for by {day(deadline)}"
    gate = lived.policies[-1].gate
    return f"waits for {gate.after}" if gate and not _proven(lived, release.version) else "not asked for yet"


def day(when: date) -> str:
    """A day, for people: 3 Nov."""
    return f"{when.day} {when:%b}"

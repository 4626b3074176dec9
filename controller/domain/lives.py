"""Devices that never update by themselves: what each reports, is asked for, and installs."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from controller.domain.cases import Verdict
from controller.domain.catalog import Shelf
from controller.domain.declarations import Declaration
from controller.domain.devices import Device
from controller.domain.due import Due
from controller.domain.facts import Facts
from controller.domain.reasons import Reason
from controller.domain.versions import Version, platform_of

#: Nobody has reported before a rehearsal begins.
NEVER = datetime.min.replace(tzinfo=UTC)


class Action(StrEnum):
    """What happens to a device in a rehearsal."""

    ENFORCE = "enforce"
    INSTALLED = "installed"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened on a day; *deadline* is the one that was declared."""

    at: date
    action: Action
    version: Version
    deadline: datetime | None = None


@dataclass(frozen=True, slots=True)
class Install:
    """One installation. *due* and *promised* say why on that day."""

    version: Version
    on: date
    due: Due
    promised: str

    @property
    def behind(self) -> int:
        """Calendar days since the oldest release that the device missed counted as posted."""
        return (self.on - self.due.oldest.since).days


@dataclass(slots=True)
class Life:
    """What became of one device that ran *version* first, and runs it now.

    *notices* are the days from the first writing of a version with its deadline to that deadline, both read
    as UTC; *gated* for how many days in a row a gate was closed for it.
    """

    version: Version
    events: list[Event] = field(default_factory=list)
    installs: list[Install] = field(default_factory=list)
    notices: dict[tuple[Version, datetime], float] = field(default_factory=dict)
    gated: list[int] = field(default_factory=lambda: [0])

    @property
    def written(self) -> Sequence[date]:
        """The days on which what is in force changed."""
        return [event.at for event in self.events if event.action is not Action.INSTALLED]

    @property
    def worst(self) -> int:
        """The most days that it was behind when it installed; 0 without an install."""
        return max((install.behind for install in self.installs), default=0)

    @property
    def mean(self) -> float:
        """Days behind, on average over the installs; 0 without one."""
        return sum(install.behind for install in self.installs) / max(len(self.installs), 1)

    @property
    def least_notice(self) -> float | None:
        """The shortest notice; None where nothing was promised."""
        return min(self.notices.values(), default=None)


class Living:
    """One device on its way: what it would report, and what is in force on it."""

    def __init__(self, device: Device, model: str, installed: Version) -> None:
        self.device = device
        self.life = Life(installed)
        self.current: Declaration | None = None
        self._facts = Facts(NEVER, str(platform_of(model) or ""), installed, model=model)
        self._due: Due | None = None

    def report(self, now: datetime, shelf: Shelf | None) -> Facts:
        """What it says; its build from when it is known which builds its version has."""
        self._facts = replace(self._facts, last_report=now, build=self._facts.build or self._build(shelf))
        return self._facts

    def _build(self, shelf: Shelf | None) -> str:
        release = shelf.find(self.life.version) if shelf else None
        builds = (release.public or release.signed or release.past) if release else ()
        return builds[0] if builds else ""

    def follow(self, verdict: Verdict, now: datetime, shelf: Shelf | None) -> None:
        """Take what shall be in force, and install it if this is its deadline's day."""
        self.life.gated.append(self.life.gated[-1] + 1 if verdict.reason is Reason.GATED else 0)
        # What stays in force for another reason is due as it was when it was promised.
        self._due = verdict.due or self._due
        self._take(verdict.declaration, now)
        wanted, today = self.current, now.date()
        if wanted and self._due and wanted.deadline.date() <= today:
            self.life.installs.append(Install(wanted.version, today, self._due, verdict.message))
            self.life.events.append(Event(today, Action.INSTALLED, wanted.version))
            self._install(wanted, shelf, today)

    def _take(self, wanted: Declaration | None, now: datetime) -> None:
        before, self.current = self.current, wanted
        if wanted == before:
            return
        if wanted:
            self.life.events.append(Event(now.date(), Action.ENFORCE, wanted.version, wanted.deadline))
            notice = (wanted.deadline - now.replace(tzinfo=None)) / timedelta(days=1)
            self.life.notices.setdefault((wanted.version, wanted.deadline), notice)
        elif before:
            self.life.events.append(Event(now.date(), Action.WITHDRAW, before.version))

    def _install(self, wanted: Declaration, shelf: Shelf | None, today: date) -> None:
        """Run what is asked for: a release, or an improvement on top of the one that runs already."""
        offered = shelf.improvements if shelf else ()
        improvement = next((i for i in offered if i.build == wanted.build), None)
        if improvement:
            self._facts = replace(
                self._facts, supplemental_build=improvement.build, supplemental_extra=improvement.extra
            )
            return
        newer = wanted.version > self.life.version
        since = today if newer else self._facts.version_since
        self.life.version = wanted.version
        build = wanted.build or self._build(shelf)
        self._facts = replace(
            self._facts,
            version=wanted.version,
            version_since=since,
            build=build,
            supplemental_build="",
            supplemental_extra="",
        )

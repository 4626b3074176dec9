"""Which moments can be a deadline: at one time of day, on some weekdays, outside of freezes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

DAY = timedelta(days=1)

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True, order=True)
class Freeze:
    """Days without deadlines, both included. *except_exploited*: it lets exploited fixes through."""

    first: date
    last: date
    reason: str = ""
    except_exploited: bool = False

    @classmethod
    def parse(cls, spec: Mapping[str, Any]) -> "Freeze":
        """Read one entry of `freeze`."""
        return cls(
            date.fromisoformat(spec["from"]),
            date.fromisoformat(spec["until"]),
            spec.get("reason", ""),
            spec.get("exceptExploited", False),
        )

    def covers(self, day: date) -> bool:
        """Does the day fall into it?"""
        return self.first <= day <= self.last

    @property
    def eve(self) -> date:
        """The day before it. Whoever is asked for something on this day may still do it."""
        return self.first - DAY

    def __str__(self) -> str:
        return f"the freeze {self.reason}" if self.reason else f"the freeze from {self.first} to {self.last}"


@dataclass(frozen=True, slots=True)
class Calendar:
    """The moments that are permitted. *weekdays* count from Monday, 0; *not_before* is the first day."""

    at: time = time(18)
    weekdays: frozenset[int] = frozenset(range(7))
    not_before: date | None = None
    freezes: tuple[Freeze, ...] = ()

    def frozen(self, freezes: Iterable[Freeze]) -> "Calendar":
        """The same calendar with these freezes, too."""
        return replace(self, freezes=tuple(sorted({*self.freezes, *freezes})))

    def for_exploited(self) -> "Calendar":
        """The calendar of a fix that some freezes let through."""
        return replace(self, freezes=tuple(f for f in self.freezes if not f.except_exploited))

    def freeze_on(self, day: date) -> Freeze | None:
        """The freeze that the day falls into: of several, the one that ends last."""
        return max((f for f in self.freezes if f.covers(day)), key=lambda f: f.last, default=None)

    def permits(self, day: date) -> bool:
        """Can a deadline be on this day?"""
        if self.not_before and day < self.not_before:
            return False
        return day.weekday() in self.weekdays and not self.freeze_on(day)

    def next_at(self, moment: datetime) -> datetime:
        """The first time of day that is not before *moment*, on whatever day."""
        today = datetime.combine(moment.date(), self.at)
        return today if today >= moment else today + DAY

    def first(self, moment: datetime) -> datetime:
        """The first permitted moment that is not before *moment*."""
        day = self.next_at(moment).date()
        if self.not_before and day < self.not_before:
            day = self.not_before
        while not self.permits(day):
            freeze = self.freeze_on(day)
            day = (freeze.last if freeze else day) + DAY
        return datetime.combine(day, self.at)

    def last(self, day: date) -> datetime | None:
        """The last permitted moment that is not after *day*; None where there is none since *not_before*."""
        while not self.permits(day):
            if self.not_before and day < self.not_before:
                return None
            freeze = self.freeze_on(day)
            day = (freeze.first if freeze else day) - DAY
        return datetime.combine(day, self.at)

"""The one clock of a run: operator, devices, lookup service and MDM all live by it.

Time passes fast only as long as it is let, and then as it always does: a machine that is too slow for its
devices makes a run longer, and nothing else of it. Whoever reads the same file has the same time.
"""

import struct
import time
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple, Self

#: A Monday, some weeks after the last release of the lab's world.
BEGAN = datetime(2026, 1, 5, 8, tzinfo=UTC)

DAY = timedelta(days=1)


class Stretch(NamedTuple):
    """From *real* on, *passed* seconds after the beginning, time is fast for *length* real seconds."""

    real: float
    passed: float
    speed: float
    length: float

    def at(self, real: float) -> float:
        """How many seconds after the beginning this moment is."""
        since = real - self.real
        fast = max(0.0, min(since, self.length))
        return self.passed + fast * self.speed + since - fast


_FORM = struct.Struct("<dddd")


@dataclass
class Clock:
    """Reads the stretches of time that a file lists, each as it is added."""

    path: Path
    _stretches: list[Stretch] = field(default_factory=list)

    @classmethod
    def begin(cls, path: Path, at: datetime = BEGAN) -> Self:
        """A clock that shows *at* now, and is not fast yet."""
        passed = (at - BEGAN).total_seconds()
        path.write_bytes(_FORM.pack(*Stretch(time.time(), passed, 1, 0)))
        return cls(path)

    def __call__(self) -> datetime:
        """What time it is, in UTC."""
        return self.at(time.time())

    def at(self, real: float) -> datetime:
        """What time it is, or was, at this moment of `time.time`."""
        self._read()
        found = bisect_right(self._stretches, real, key=lambda stretch: stretch.real)
        return BEGAN + timedelta(seconds=self._stretches[max(0, found - 1)].at(real))

    def hurry(self, speed: float, at_most: timedelta) -> None:
        """From now on be so many times as fast, until *at_most* has passed."""
        now = time.time()
        passed = (self.at(now) - BEGAN).total_seconds()
        with self.path.open("ab") as file:
            file.write(_FORM.pack(now, passed, speed, at_most.total_seconds() / speed))

    @property
    def day(self) -> float:
        """How many days have passed."""
        return (self() - BEGAN) / DAY

    def _read(self) -> None:
        known = len(self._stretches) * _FORM.size
        if self.path.stat().st_size > known:
            with self.path.open("rb") as file:
                file.seek(known)
                added = file.read()
            whole = len(added) - len(added) % _FORM.size
            self._stretches += map(Stretch._make, _FORM.iter_unpack(added[:whole]))


def on(day: float) -> datetime:
    """The moment so many days after the beginning."""
    return BEGAN + day * DAY

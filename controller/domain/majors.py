"""The major versions of a platform."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Majors:
    """The major versions of a platform that exist, oldest first, each with the day of its first posting.

    Numbers jump (15, then 26), so they are ranked.
    """

    began: tuple[tuple[int, date], ...] = ()

    def behind(self, count: int) -> int | None:
        """The newest major that has *count* newer ones; None where there are not so many."""
        return self.began[-1 - count][0] if len(self.began) > count else None

    def passed(self, major: int, count: int) -> date | None:
        """The day from which on *count* majors newer than this one existed."""
        newer = sorted(day for number, day in self.began if number > major)
        return newer[count - 1] if len(newer) >= count > 0 else None

"""Why a promise is due when it is, and the sentence that tells it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from controller.domain import deadlines
from controller.domain.calendars import DAY, WEEKDAYS, Calendar, Freeze
from controller.domain.deadlines import Missed
from controller.domain.declarations import Declaration
from controller.domain.terms import Terms


@dataclass(frozen=True, slots=True)
class Due:
    """What makes a promise due: the release missed that counts, the day, and the calendar that holds for it.

    *day* is the one of that release, *lag* days earlier where devices are spread, and not before `notBefore`.
    *through* are the freezes that let it through; *missed* is all that is missed, the oldest among them.
    """

    oldest: Missed
    lag: int
    day: date
    calendar: Calendar
    through: tuple[Freeze, ...] = ()
    missed: tuple[Missed, ...] = ()

    @classmethod
    def of(cls, missed: Sequence[Missed], terms: Terms, lag: int, promised: datetime | None) -> "Due":
        """When these are due.

        What is *promised* before a freeze stays there when the freeze turns out to let a fix through.
        """
        oldest, calendar = deadlines.oldest(missed), terms.calendar_of(missed)
        day = oldest.due - lag * DAY
        through = tuple(freeze for freeze in terms.calendar.freezes if freeze not in calendar.freezes)
        day = max(day, calendar.not_before or day)
        if promised and promised == terms.calendar.last(day):
            day = promised.date()
        return cls(oldest, lag, day, calendar, through, tuple(missed))

    @property
    def accelerated(self) -> str:
        """The release that makes it due sooner, since it fixes what is exploited; empty where none does."""
        if not self.oldest.hurried:
            return ""
        others = [one.due for one in self.missed if not one.hurried]
        return "" if others and min(others) <= self.oldest.due else self.oldest.name

    def frozen(self, deadline: datetime) -> tuple[tuple[str, Freeze], ...]:
        """The fixes of what is exploited that were due before a freeze was over, and wait for its end."""
        freeze = self.left(deadline.date())
        if freeze is None:
            return ()
        names = {one.name for one in self.missed if one.exploited and one.due <= freeze.last}
        return tuple((name, freeze) for name in sorted(names))

    def left(self, day: date) -> Freeze | None:
        """The freeze that a deadline on this day was moved behind."""
        planned, calendar = self.oldest.due - self.lag * DAY, self.calendar
        for freeze in reversed(calendar.freezes):
            if planned <= freeze.last < day == calendar.first(_midnight(freeze.last + DAY)).date():
                return freeze
        return None


def sentence(what: str, asked: Declaration, due: Due, notice_days: int) -> str:
    """Say *what* is asked for, by when, and why then.

    It depends on no clock, so it changes only with the facts.
    """
    oldest = due.oldest
    why = f"{days(oldest.days)} after {oldest.event}"
    if due.lag:
        why += f", {days(due.lag)} earlier by spreadDays"
    moved = _moved(asked, due, notice_days)
    if moved:
        why += f" is {oldest.due - due.lag * DAY}, {moved}"
    for freeze in due.through:
        if freeze.covers(asked.deadline.date()):
            why += f"; {freeze} lets fixes of exploited vulnerabilities through"
    return f"{what} by {asked.deadline:%Y-%m-%dT%H:%M}: {why}"


def _moved(asked: Declaration, due: Due, notice_days: int) -> str:
    """Why the deadline is on another day than the one due; empty when it is on that day."""
    day, planned, calendar = asked.deadline.date(), due.oldest.due - due.lag * DAY, due.calendar
    if day == planned:
        return ""
    if day < planned:
        return _moved_earlier(planned, calendar)
    freeze = due.left(day)
    if freeze:
        return f"moved after {freeze}"
    if (
        calendar.not_before
        and planned < calendar.not_before
        and day <= calendar.first(_midnight(calendar.not_before)).date()
    ):
        return f"moved by notBefore {calendar.not_before}"
    if day == calendar.first(_midnight(planned)).date():
        return f"moved to a {WEEKDAYS[day.weekday()]}"
    return f"moved to leave {days(notice_days)} of notice" if notice_days else "moved, since that has passed"


def _moved_earlier(planned: date, calendar: Calendar) -> str:
    freeze = calendar.freeze_on(planned)
    if freeze:
        return f"moved before {freeze}"
    if planned.weekday() not in calendar.weekdays:
        last = calendar.last(planned)
        return f"moved to a {WEEKDAYS[last.weekday()]}" if last else "kept as it was promised"
    return "kept as it was promised"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min)


def days(count: int) -> str:
    """So many days, for people."""
    return "1 day" if count == 1 else f"{count} days"

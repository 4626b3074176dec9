"""When: the day that is due, the moment that is permitted, and the promise that is kept.

Three rules, in this order:

1. *Due*: the oldest release that a device misses sets the day. A newer release never moves it.
2. *Permitted*: never sooner than the notice allows, in any time zone; on a permitted day, the last one that
   is not after the due day, else the first one that leaves the notice.
3. *Promises*: one that is too near to be changed is kept as it is, unless a freeze comes upon it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from controller.domain.calendars import DAY, Calendar, Freeze

#: The clock that is furthest ahead (Kiritimati) and the one that is furthest behind (Baker Island).
AHEAD, BEHIND = timedelta(hours=14), timedelta(hours=-12)

#: The day on which Apple posts something begins at this time at the soonest, midnight in Cupertino. Any day
#: will do: what follows is the same for all of them.
_POSTED = datetime(2026, 1, 1, 7, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Missed:
    """A release that a device misses, and when that makes it due: so many *days* after *since*.

    *event* is what happened on that day, for people. *hurried*: the days are `exploitedDays`.
    """

    name: str
    since: date
    days: int
    event: str
    exploited: bool = False
    hurried: bool = False

    @property
    def due(self) -> date:
        """The day on which it is due, whatever the calendar says."""
        return self.since + self.days * DAY


def oldest(missed: Iterable[Missed]) -> Missed:
    """The one that is due first; *missed* is not empty."""
    return min(missed, key=lambda one: (one.due, one.exploited, one.since, one.name))


def soonest(now: datetime, notice_days: int, calendar: Calendar) -> datetime:
    """The first moment on a device's clock that leaves the whole notice, wherever the device is.

    From the eve of a freeze on, that is after the freeze.
    """
    moment = calendar.next_at(_clock(now, AHEAD) + notice_days * DAY)
    for freeze in calendar.freezes:
        if _is_upon_us(freeze, now):
            moment = max(moment, _after(freeze, calendar))
    return moment


def least_days(notice_days: int, at: time) -> int:
    """How many days after its posting a release can be due at the soonest, learned on that very day."""
    return (soonest(_POSTED, notice_days, Calendar(at)).date() - _POSTED.date()).days


def fresh(due_day: date, notice_days: int, calendar: Calendar, now: datetime) -> datetime:
    """The moment for a promise that is made now."""
    earliest = soonest(now, notice_days, calendar)
    planned = calendar.last(due_day)
    return planned if planned and planned >= earliest else calendar.first(earliest)


def near(promised: datetime, notice_days: int, calendar: Calendar, now: datetime) -> bool:
    """Is it too late to change what is promised without cutting the notice short?"""
    return soonest(now, notice_days, calendar) > promised


def kept(promised: datetime, due_day: date, calendar: Calendar, now: datetime) -> datetime:
    """The moment of a near promise: the same, unless its author asks for a later one, or a freeze is near."""
    stepped = calendar.first(_step_out(promised, calendar, now))
    planned = calendar.last(due_day) or calendar.first(datetime.combine(due_day, time.min))
    return max(stepped, planned)


def passed(moment: datetime, now: datetime) -> bool:
    """Has this moment on a device's clock passed everywhere on earth?"""
    return _clock(now, BEHIND) > moment


def over(day: date, now: datetime) -> bool:
    """Is this day over everywhere on earth?"""
    return _clock(now, BEHIND).date() > day


def _step_out(promised: datetime, calendar: Calendar, now: datetime) -> datetime:
    """From the eve of a freeze on, what is due before its end waits until it is over.

    What is due on the eve itself may still happen: devices ask for nothing else on that day.
    """
    for freeze in calendar.freezes:
        may_happen = promised.date() == freeze.eve and not passed(promised, now)
        if promised.date() <= freeze.last and _is_upon_us(freeze, now) and not may_happen:
            promised = _after(freeze, calendar)
    return promised


def _is_upon_us(freeze: Freeze, now: datetime) -> bool:
    """Is it the eve of the freeze, or later, somewhere on earth, and the freeze not over everywhere?"""
    return _clock(now, AHEAD).date() >= freeze.eve and not over(freeze.last, now)


def _after(freeze: Freeze, calendar: Calendar) -> datetime:
    return datetime.combine(freeze.last + DAY, calendar.at)


def _clock(now: datetime, offset: timedelta) -> datetime:
    return (now.astimezone(UTC) + offset).replace(tzinfo=None)

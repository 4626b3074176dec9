"""When: the day that is due, the moment that is permitted, and the promise that is kept.

Three rules, in this order:

1. *Due*: the oldest release that a device misses sets the day. A newer release never moves it.
2. *Permitted*: never sooner than the notice allows, in any time zone.
3. *Promises*: one that is too near to be changed is kept as it is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from controller.domain.policies import Deadline
from controller.domain.releases import Release

#: The clock that is furthest ahead (Kiritimati) and the one that is furthest behind (Baker Island).
AHEAD, BEHIND = timedelta(hours=14), timedelta(hours=-12)


@dataclass(frozen=True, slots=True)
class Due:
    """The day that is due, and the oldest release missed, which sets it."""

    day: date
    release: Release


def due(missed: Iterable[Release], deadline: Deadline) -> Due:
    """The earliest day, over the releases that a device misses; *missed* is not empty."""
    oldest = min(missed, key=lambda release: (release.posted, release.version))
    return Due(oldest.posted + timedelta(days=deadline.days), oldest)


def soonest(now: datetime, deadline: Deadline) -> datetime:
    """The first moment on a device's clock that leaves the whole notice, wherever the device is."""
    earliest = _clock(now, AHEAD) + timedelta(days=deadline.notice_days)
    return next_at(earliest, deadline)


def next_at(moment: datetime, deadline: Deadline) -> datetime:
    """The first permitted moment that is not before *moment*."""
    today = datetime.combine(moment.date(), deadline.at)
    return today if today >= moment else today + timedelta(days=1)


def fresh(due_day: date, deadline: Deadline, now: datetime) -> datetime:
    """The moment for a promise that is made now: on the due day, the notice kept."""
    return max(datetime.combine(due_day, deadline.at), soonest(now, deadline))


def near(promised: datetime, deadline: Deadline, now: datetime) -> bool:
    """Is it too late to change what is promised without cutting the notice short?"""
    return soonest(now, deadline) > promised


def kept(promised: datetime, due_day: date, deadline: Deadline) -> datetime:
    """The moment of a near promise: the same, unless its author's policy now asks for a later one."""
    return max(next_at(promised, deadline), datetime.combine(due_day, deadline.at))


def passed(moment: datetime, now: datetime) -> bool:
    """Has this moment on a device's clock passed everywhere on earth?"""
    return _clock(now, BEHIND) > moment


def over(day: date, now: datetime) -> bool:
    """Is this day over everywhere on earth?"""
    return _clock(now, BEHIND).date() > day


def _clock(now: datetime, offset: timedelta) -> datetime:
    return (now.astimezone(UTC) + offset).replace(tzinfo=None)

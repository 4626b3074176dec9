"""How a deadline is reckoned, step by step, by the functions that decide it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from controller.domain import deadlines, promising
from controller.domain.calendars import DAY, WEEKDAYS, Calendar
from controller.domain.cases import Case, Verdict
from controller.domain.declarations import Declaration
from controller.domain.due import Due, days
from controller.domain.terms import Terms


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the rule, by its field where it has one, the day or the moment that it gives, and why."""

    rule: str
    at: date | datetime
    why: str


def reckon(case: Case, verdict: Verdict) -> Iterator[Step]:
    """The steps to the deadline of what is asked for; none where nothing is. The last one is the deadline."""
    due, asked, terms = verdict.due, verdict.declaration, case.terms
    if due is None or asked is None or terms is None:
        return
    day = _planned(due)
    yield from _due(due, day)
    moment, stays = kept_moment(case, terms, verdict), case.stays
    if moment and stays:
        yield from _kept(case, terms, due, stays, moment)
    else:
        yield from _fresh(case, terms, due, day)


def kept_moment(case: Case, terms: Terms, verdict: Verdict) -> datetime | None:
    """The moment of the promise that stands and is kept, if it is; None where it is made anew."""
    stays, asked, due = case.stays, verdict.declaration, verdict.due
    if stays is None or asked is None or due is None:
        return None
    same = (asked.version, asked.build) == (stays.version, stays.build)
    return promising.kept(case, terms, stays, due) if same else None


def _planned(due: Due) -> date:
    """The day before freezes and weekdays are looked at."""
    if due.through:
        return due.day
    day = due.oldest.due - due.lag * DAY
    return max(day, due.calendar.not_before or day)


def _due(due: Due, planned: date) -> Iterator[Step]:
    """From what is missed to the day that is due."""
    for one in sorted(due.missed, key=lambda one: (one.due, one.name)):
        yield Step("missed", one.due, f"{days(one.days)} after {one.since}, when {one.event}")
    oldest = due.oldest
    yield Step("due", oldest.due, f"the first of them: {oldest.name}")
    day = oldest.due - due.lag * DAY
    if due.lag:
        yield Step("spreadDays", day, f"{days(due.lag)} earlier, by its name")
    if due.calendar.not_before and day < due.calendar.not_before:
        day = due.calendar.not_before
        yield Step("notBefore", day, "no deadline is before this day")
    if day != planned:
        yield Step("promised", planned, "stays where it was promised: a freeze turned out to let it through")


def _kept(case: Case, terms: Terms, due: Due, stays: Declaration, moment: datetime) -> Iterator[Step]:
    """A promise that is near."""
    soonest = _soonest(case, terms, due)
    why = f"is promised, and the whole notice reaches beyond it: it is too near to be changed ({soonest.why})"
    yield Step("near", stays.deadline, why)
    later = (
        "" if moment == stays.deadline else "the promise, moved by the policy as it is now, or by a freeze"
    )
    yield Step("deadline", moment, later or "the promise, as it stands")


def _fresh(case: Case, terms: Terms, due: Due, day: date) -> Iterator[Step]:
    """A promise that is made now."""
    soonest, planned = _soonest(case, terms, due), due.calendar.last(day)
    moment = promising.fresh(case, terms, due)
    yield soonest
    if planned:
        yield Step("permitted", planned, _permitted(due.calendar, day, planned))
    if planned == moment:
        yield Step("deadline", moment, "leaves the notice")
    else:
        yield Step("deadline", moment, "the first permitted moment that leaves the notice")


def _soonest(case: Case, terms: Terms, due: Due) -> Step:
    notice = terms.policy.deadline.notice_days
    soonest = deadlines.soonest(case.now, notice, due.calendar)
    counted = f"{days(notice)} from now on the clock of UTC+14, then the next {due.calendar.at:%H:%M}"
    return Step("noticeDays", soonest, counted)


def _permitted(calendar: Calendar, day: date, planned: datetime) -> str:
    """Why the last permitted moment is on this day."""
    if planned.date() == day:
        return f"the due day is permitted, at {calendar.at:%H:%M}"
    freeze = calendar.freeze_on(day)
    if freeze:
        return f"the last permitted day before {freeze}"
    return f"the last permitted day; a {WEEKDAYS[day.weekday()]} is not"

"""Listen: what devices report, and what the MDM's events say of them, becomes facts."""

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from controller.domain.enrollments import Enrollment, Event, Topic
from controller.domain.facts import Facts
from controller.domain.reports import Ours, Report, merge, others
from controller.domain.selectors import part_of
from controller.ports import Mdm, Rejected, Unauthorized, Unavailable
from controller.workers import for_each

log = logging.getLogger(__name__)

#: How many devices' reports are asked for at once.
WORKERS = 8

#: So many devices are asked in one turn, so that those whose events came meanwhile do not wait for them.
SLICE = 200

#: Into so many parts the interval is divided when many are to be spread over it.
PARTS = 1000

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class Hearing:
    """What one fleet's devices have said so far, by enrollment, and when they were last asked.

    Facts that a status kept from before a restart are a beginning; the reports stored since the newest full
    one are read over them. *renewed* are those that enrolled anew, until that has had its consequences;
    *missed* is when the first report came that no event announced, None since the last event.
    """

    ours: Ours
    facts: dict[str, Facts] = field(default_factory=dict)
    renewed: set[str] = field(default_factory=set)
    missed: datetime | None = None
    _announced: set[str] = field(default_factory=set)
    _last: dict[str, str] = field(default_factory=dict)
    _asked: dict[str, datetime] = field(default_factory=dict)

    def remember(self, known: Mapping[str, Facts | None]) -> None:
        """Begin with what is known of devices that are new here, and forget those that are gone."""
        for kept in (self.facts, self._last, self._asked):
            for gone in kept.keys() - known.keys():
                kept.pop(gone)
        self._announced &= known.keys()
        self.renewed &= known.keys()
        for enrollment, facts in known.items():
            if facts and enrollment not in self.facts:
                self.facts[enrollment] = facts

    def note(self, events: Iterable[Event]) -> set[str]:
        """Take in what events say; the enrollments of which something else is known now."""
        changed = set()
        for event in events:
            self.missed = None
            if event.topic is Topic.STATUS:
                self._announced.add(event.enrollment)
            if self._take(event):
                changed.add(event.enrollment)
        return changed

    def _take(self, event: Event) -> bool:
        before = self.facts.get(event.enrollment)
        known = before.enrollment if before else Enrollment()
        after = known.after(event)
        if after == known:
            return False
        if after.began != known.began:
            # Another life: nothing that it reported before is known of it any more.
            self.renewed.add(event.enrollment)
            before = None
        self.facts[event.enrollment] = replace(before or Facts(None), enrollment=after)
        return True

    def let_go(self) -> None:
        """Nothing of ours is on the MDM any more: nobody is asked what it holds, and so nobody will say."""
        self.facts = {e: replace(f, held=None, subscription=None) for e, f in self.facts.items()}

    def announced(self, enrollments: Mapping[str, object]) -> set[str]:
        """Who of these has reported since, as events say."""
        return self._announced & enrollments.keys()

    def due(self, enrollments: Collection[str], now: datetime, interval: timedelta) -> list[str]:
        """Who is to be asked now: whose reports were announced, who never was, and a slice of the others."""
        announced = self._announced.intersection(enrollments)
        fresh = [e for e in enrollments if e not in self._asked and e not in announced]
        stale = [e for e in enrollments if now - self._asked.get(e, now) >= interval and e not in announced]
        stale.sort(key=lambda e: self._asked[e])
        return [*announced, *fresh, *stale[:SLICE]]

    async def ask(self, mdm: Mdm, due: Collection[str], now: datetime, interval: timedelta) -> set[str]:
        """Read the reports of these; those of whom something else is known now.

        A device whose reports cannot be read keeps its facts and is asked again the next time. When nobody's
        can be read, of several, the error is the server's, and is raised.
        """
        failures: list[Unavailable | Rejected] = []
        changed: set[str] = set()
        many = sum(enrollment not in self._asked for enrollment in due) > SLICE

        async def ask(enrollment: str) -> None:
            try:
                reports = await mdm.reports(enrollment, self._last.get(enrollment, ""))
                if await self._merge(mdm, enrollment, reports):
                    changed.add(enrollment)
            except Unauthorized:
                raise
            except (Unavailable, Rejected) as error:
                log.debug("reports of %s: %s", enrollment, error)
                failures.append(error)
                return
            self._heard(enrollment, reports)
            first = many and enrollment not in self._asked
            self._asked[enrollment] = now - _part(interval, enrollment) if first else now

        await for_each(due, ask, workers=WORKERS)
        if len(failures) == len(due) > 1:
            raise failures[-1]
        return changed

    async def _merge(self, mdm: Mdm, enrollment: str, reports: Iterable[Report]) -> bool:
        before = facts = self.facts.get(enrollment)
        for report in reports:
            foreign = [name for name, token in others(report, self.ours) if await mdm.enforces(name, token)]
            facts = merge(facts, report, self.ours, foreign)
        if facts is None or facts == before:
            return False
        self.facts[enrollment] = facts
        return before is None or replace(before, last_report=facts.last_report) != facts

    def _heard(self, enrollment: str, reports: Iterable[Report]) -> None:
        for report in reports:
            if enrollment in self._last and enrollment not in self._announced and self.missed is None:
                self.missed = report.received
            self._last[enrollment] = report.id
        self._announced.discard(enrollment)


def _part(interval: timedelta, enrollment: str) -> timedelta:
    """A stable part of it: devices that were all asked at once are asked again one after the other."""
    return interval * part_of(enrollment, PARTS) / PARTS

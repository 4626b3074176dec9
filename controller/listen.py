"""Listen: what devices report becomes facts."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from controller.domain.facts import Facts
from controller.domain.reports import Ours, merge
from controller.ports import Mdm, Rejected, Unavailable
from controller.workers import for_each

log = logging.getLogger(__name__)

#: How many devices' reports are asked for at once.
WORKERS = 8

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class Hearing:
    """What one fleet's devices have said so far, by enrollment, and when they were last asked.

    Facts that a status kept from before a restart are a beginning; the reports stored since the newest full
    one are read over them.
    """

    ours: Ours
    facts: dict[str, Facts] = field(default_factory=dict)
    _last: dict[str, str] = field(default_factory=dict)
    _asked: dict[str, datetime] = field(default_factory=dict)

    def remember(self, known: Mapping[str, Facts | None]) -> None:
        """Begin with what is known of devices that are new here, and forget those that are gone."""
        for gone in self.facts.keys() - known.keys():
            del self.facts[gone]
            self._last.pop(gone, None)
            self._asked.pop(gone, None)
        for enrollment, facts in known.items():
            if facts and enrollment not in self.facts:
                self.facts[enrollment] = facts

    async def poll(self, mdm: Mdm, enrollments: Collection[str], now: datetime, interval: timedelta) -> int:
        """Ask for the reports of those that were not asked within *interval*; how many were heard.

        A device whose reports cannot be read keeps its facts and is asked again the next time. When nobody's
        can be read, the error is the server's, and is raised.
        """
        due = [e for e in enrollments if now - self._asked.get(e, _NEVER) >= interval]
        failures: list[Unavailable | Rejected] = []
        heard = 0

        async def ask(enrollment: str) -> None:
            nonlocal heard
            try:
                reports = await mdm.reports(enrollment, self._last.get(enrollment, ""))
            except (Unavailable, Rejected) as error:
                log.debug("reports of %s: %s", enrollment, error)
                failures.append(error)
                return
            self._asked[enrollment] = now
            heard += len(reports)
            for report in reports:
                self.facts[enrollment] = merge(self.facts.get(enrollment), report, self.ours)
                self._last[enrollment] = report.id

        await for_each(due, ask, workers=WORKERS)
        if failures and len(failures) == len(due):
            raise failures[-1]
        return heard

"""What a process learns: the catalog, and while a fleet uses them, the fixes of exploited vulnerabilities."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime

from controller.domain.catalog import Catalog
from controller.domain.exploited import Advisories, Exploited
from controller.domain.readings import Reading
from controller.flow import take_turns
from controller.knowledge import Knowledge, Known, Read
from controller.learn import Learner
from controller.metrics import Metrics

#: Seconds between two looks at what nobody needs; a need rings.
UNNEEDED = 3600.0


class Learning:
    """Both learn flows of a process. *changed* is called when anything that is known is not what it was."""

    def __init__(
        self,
        catalog: Learner[Reading, Catalog],
        exploited: Learner[Advisories, Exploited],
        metrics: Metrics,
        clock: Callable[[], datetime],
        changed: Callable[[], None],
    ) -> None:
        self._catalog = catalog
        self._exploited = exploited
        self._metrics = metrics
        self._clock = clock
        self._changed = changed
        self._needing: set[str] = set()
        self._bell = asyncio.Event()

    @property
    def catalog(self) -> Knowledge[Catalog]:
        """Which releases there are."""
        return self._catalog.knowledge

    @property
    def exploited(self) -> Knowledge[Exploited]:
        """Which of them fix exploited vulnerabilities, as far as anybody ever needed to know."""
        return self._exploited.knowledge

    def need_exploited(self, fleet: str, needed: bool) -> None:
        """A fleet uses the fixes of exploited vulnerabilities, or not; the first one that does rings."""
        if needed and not self._needing:
            self._bell.set()
        (self._needing.add if needed else self._needing.discard)(fleet)

    def flows(self) -> list[Coroutine[None, None, None]]:
        """The flows, to be run as tasks."""
        return [
            take_turns("learn", self.learn_catalog, asyncio.Event()),
            take_turns("learn exploited", self.learn_exploited, self._bell),
        ]

    async def learn_catalog(self) -> float:
        """One turn for the catalog.

        No fleet decides before there is one. So that none decides with less than an earlier process knew, and
        moves a deadline to and fro, what was known of exploited vulnerabilities is recalled before.
        """
        await self._exploited.recall(self._clock())
        wait = await self._turn(self._catalog)
        if self.catalog.believed:
            self._metrics.answered("catalog", self.catalog.believed)
        return wait

    async def learn_exploited(self) -> float:
        """One turn for the fixes of exploited vulnerabilities; nobody is asked while no fleet uses them."""
        return await self._turn(self._exploited) if self._needing else UNNEEDED

    async def _turn(self, learner: Learner[Read, Known]) -> float:
        before = learner.knowledge
        try:
            return await learner.turn(self._clock())
        finally:
            after = learner.knowledge
            if (after.known, after.fresh) != (before.known, before.fresh):
                self._changed()

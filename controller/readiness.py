"""Are our kinds served as this version knows them? While they are not, nothing is written."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from controller import crds
from controller.adapters.kube.client import Client
from controller.adapters.kube.served import Served, look
from controller.ports import Rejected, Unavailable

log = logging.getLogger(__name__)

#: Seconds between two looks while something is missing, and while nothing is.
SOON, OFTEN = 2.0, 20.0


class Readiness:
    """What keeps this process from being ready. *changed* is called when *outdated* is another one."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self.outdated: Sequence[str] = ()
        self._waiting = "starting"
        self._changed = changed

    @property
    def trouble(self) -> str:
        """Why this process is not ready; empty when it is."""
        return self._waiting or next(iter(self.outdated), "")

    def wait_for(self, what: str) -> None:
        """Not ready before that has happened; nothing more is waited for when it is empty."""
        self._waiting = what

    async def wait_served(self, client: Client) -> None:
        """Return once all kinds are served, in whatever version."""
        while True:
            absent = await self._look(client)
            if not absent:
                return
            if absent != self._waiting:
                log.warning("not ready: %s", absent)
            self._waiting = absent
            await asyncio.sleep(SOON)

    async def turn(self, client: Client) -> float:
        """Look again; how many seconds the next look may wait."""
        absent = await self._look(client)
        if absent:
            raise Unavailable(absent)
        return SOON if self.outdated else OFTEN

    async def _look(self, client: Client) -> str:
        """What is not served at all, or why nobody knows."""
        try:
            served: Served = await look(client, crds.load())
        except (Unavailable, Rejected) as error:
            return str(error)
        if served.older != self.outdated:
            for older in served.older:
                log.warning("nothing is written: %s", older)
            self.outdated = served.older
            self._changed()
        return next(iter(served.absent), "")

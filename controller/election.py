"""Which of several processes acts: the one that holds the Lease."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from controller.adapters.kube.client import Client, Conflict, NotFound
from controller.ports import Rejected, Unavailable

#: The annotation of the Lease that says where its holder's webhook listens.
ADDRESS = "pomona.dev/address"

#: Seconds that a stop waits for the Lease to be given back.
RELEASE = 5.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Terms:
    """Seconds, as Kubernetes' own components have them.

    Others take over *duration* after the last renewal that they saw. The holder stops acting *renew* after
    the last one that it asked for, which is earlier: two never act at once.
    """

    duration: int = 15
    renew: float = 10.0
    retry: float = 2.0


TERMS = Terms()


class Election:
    """One candidate for the Lease `pomona` in the home namespace.

    *holder* is unique among all candidates, over restarts too. *clock* never goes backwards; *now* is only
    what people read in the Lease. *address* is where the others reach this candidate's webhook.
    """

    def __init__(
        self,
        client: Client,
        holder: str,
        clock: Callable[[], float],
        now: Callable[[], datetime],
        terms: Terms = TERMS,
        address: str = "",
    ) -> None:
        self._client = client
        self._holder = holder
        self._clock = clock
        self._now = now
        self._terms = terms
        self._address = address
        self._path = f"/apis/coordination.k8s.io/v1/namespaces/{client.home}/leases"
        self._lease: Mapping[str, Any] | None = None
        self._found: Mapping[str, Any] = {}
        self._seen: tuple[Any, float] = (None, 0.0)
        self._until = float("-inf")
        self._trouble = ""

    def held(self) -> bool:
        """May this process act at this moment?"""
        return self._clock() < self._until

    def holder_address(self) -> str:
        """Where the other one listens that held the Lease when it was last seen; empty without one."""
        if self._found.get("spec", {}).get("holderIdentity") in (None, "", self._holder):
            return ""
        address: str = self._found["metadata"].get("annotations", {}).get(ADDRESS, "")
        return address

    async def acquire(self) -> None:
        """Return once the Lease is held, however long that takes."""
        while True:
            if await self._attempt(self._terms.renew):
                return
            await asyncio.sleep(self._terms.retry)

    async def keep(self) -> None:
        """Renew the Lease; return when it is lost."""
        while self.held():
            await asyncio.sleep(min(self._terms.retry, self._left()))
            if self.held():
                await self._attempt(self._left())

    async def release(self) -> None:
        """Give the Lease back, so that another one takes over at once; unanswered, it runs out by itself."""
        self._until = float("-inf")
        try:
            async with asyncio.timeout(RELEASE):
                # Read anew: a renewal that was cancelled may have arrived all the same.
                lease = await self._read()
                if lease.get("spec", {}).get("holderIdentity") == self._holder:
                    await self._write(lease, "", 1)
        except (Unavailable, Rejected, TimeoutError) as error:
            _log.warning("the Lease is not given back, others wait until it runs out: %s", error)

    def _left(self) -> float:
        return max(self._until - self._clock(), 0.0)

    async def _attempt(self, limit: float) -> bool:
        """Take or renew the Lease, unless another one holds it: did that work within *limit* seconds?"""
        asked = self._clock()
        try:
            async with asyncio.timeout(limit):
                taken = await self._take()
        except (Conflict, NotFound):
            self._lease = None
            return False
        except (Unavailable, Rejected, TimeoutError) as error:
            self._complain(str(error) or "no answer in time")
            return False
        self._until = asked + self._terms.renew if taken else float("-inf")
        self._trouble = ""
        return taken

    def _complain(self, trouble: str) -> None:
        if trouble != self._trouble:
            _log.warning("the Lease cannot be asked for: %s", trouble)
        self._trouble = trouble

    async def _take(self) -> bool:
        lease = self._lease if self._lease and self.held() else await self._read()
        if not self._is_free(lease.get("spec", {})):
            return False
        self._lease = await self._write(lease, self._holder, self._terms.duration)
        return True

    def _is_free(self, spec: Mapping[str, Any]) -> bool:
        """Is it ours, nobody's, or not renewed for as long as its holder promised, by our own clock?"""
        renewal = (spec.get("holderIdentity"), spec.get("renewTime"))
        if renewal != self._seen[0]:
            self._seen = (renewal, self._clock())
        if renewal[0] in (None, "", self._holder):
            return True
        promised = int(spec.get("leaseDurationSeconds", self._terms.duration))
        return self._clock() >= self._seen[1] + promised

    async def _read(self) -> Mapping[str, Any]:
        """The Lease as it is; without a resourceVersion where there is none yet."""
        try:
            self._found = _decode(await self._client.get(f"{self._path}/pomona"))
        except NotFound:
            self._found = {"metadata": {"name": "pomona"}}
        return self._found

    async def _write(self, lease: Mapping[str, Any], holder: str, duration: int) -> Mapping[str, Any]:
        """Write who holds it; `Conflict` when the Lease is another one than *lease* by now."""
        document = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": self._metadata(lease["metadata"], holder),
            "spec": self._spec(lease.get("spec", {}), holder, duration),
        }
        if "resourceVersion" in lease["metadata"]:
            self._found = _decode(await self._client.put(f"{self._path}/pomona", document))
        else:
            self._found = _decode(await self._client.post(self._path, document))
        return self._found

    def _metadata(self, before: Mapping[str, Any], holder: str) -> dict[str, Any]:
        """What others wrote stays; the address is the holder's, or nobody's."""
        annotations = {key: text for key, text in before.get("annotations", {}).items() if key != ADDRESS}
        if holder and self._address:
            annotations[ADDRESS] = self._address
        return {**before, "annotations": annotations}

    def _spec(self, before: Mapping[str, Any], holder: str, duration: int) -> dict[str, Any]:
        now = self._now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        same = before.get("holderIdentity") == holder
        return {
            "holderIdentity": holder,
            "leaseDurationSeconds": duration,
            "acquireTime": before.get("acquireTime", now) if same else now,
            "renewTime": now,
            "leaseTransitions": before.get("leaseTransitions", 0) + (0 if same else 1),
        }


def _decode(answer: bytes) -> Mapping[str, Any]:
    lease: Mapping[str, Any] = msgspec.json.decode(answer)
    return lease

"""Announcing: each turn, what is new of a fleet becomes Events, and notifications of its receivers."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from controller.apply import check_lease
from controller.domain.catalog import Catalog
from controller.domain.health import Health
from controller.domain.listed import Listing, listing
from controller.domain.news import Item, Told, drift_reverted, from_entries, tell, to_entries
from controller.domain.newsworthy import View, look
from controller.domain.policies import UpdatePolicy
from controller.domain.receivers import Receiver
from controller.domain.versions import Platform
from controller.drift import Drift
from controller.logs import redact
from controller.objects import Notification, Reference, Resource
from controller.outbox import Outbox
from controller.ports import Messenger, Notes, Rejected, Unavailable
from controller.surroundings import Surroundings
from controller.workers import for_each

log = logging.getLogger(__name__)

#: Where it is kept what people were told: a ConfigMap of the fleet.
NAME = "pomona-told"

#: So many Events are written at once.
WORKERS = 8


@dataclass(slots=True)
class Shown:
    """What the last whole turn showed: the Fleet and its policies as they stand now, and how all was."""

    mine: Resource
    policies: Sequence[tuple[Resource, UpdatePolicy]]
    health: Health


@dataclass
class Announcing:
    """The news of one Fleet. What was told is kept over restarts, and so never told twice."""

    namespace: str
    fleet: str
    around: Surroundings
    outbox: Outbox = field(init=False)
    _shown: Shown | None = None
    _told: Told | None = None
    _unkept: bool = False
    _trouble: str = ""
    _happened: list[Item] = field(default_factory=list)
    _listing: tuple[Catalog, frozenset[Platform], Listing] | None = None

    def __post_init__(self) -> None:
        self.outbox = Outbox(f"{self.namespace}/{self.fleet}", self._messenger, self._record)

    def put_back(self, drift: Iterable[Drift]) -> None:
        """Have it told with the next turn that these are as Git has them again."""
        self._happened += (drift_reverted(d.kind, d.name, d.fields, d.manager) for d in drift)

    async def turn(self, shown: Shown, head: str) -> None:
        """Tell what is new. *head* is the revision that the repository says.

        Nothing else depends on it: where it does not work, that is logged.
        """
        self._shown = shown
        check_lease(self.around.may_write)
        notes, now = self.around.cluster.notes(self.namespace, shown.mine), self.around.clock()
        try:
            told = self._told = self._told or await _recall(notes)
            items, after = tell(told, look(self._view(shown, head, now)), now.date())
            self._told, self._unkept = after, self._unkept or after != told
            happened, self._happened = self._happened, []
            await self._announce(shown, [*happened, *items], now)
            await self._keep(notes, after)
            self._trouble = ""
        except (Unavailable, Rejected) as error:
            if self._trouble != str(error):
                log.warning("%s: what was told cannot be kept: %s", shown.mine.key, error)
            self._trouble = str(error)

    async def _announce(self, shown: Shown, items: Sequence[Item], now: datetime) -> None:
        mine = shown.mine
        commit = str(mine.status.get("commit", ""))
        for item in items:
            log.info("%s: %s: %s", mine.key, item.reason, item.message)
        await for_each(items, self._record, workers=WORKERS)
        notifications = (Notification(mine.namespace, mine.name, item, commit, now) for item in items)
        self.outbox.put(shown.health.fleet.notify, notifications)

    async def _keep(self, notes: Notes, told: Told) -> None:
        if self._unkept:
            await notes.remember(NAME, to_entries(told))
            self._unkept = False

    async def _record(self, item: Item) -> None:
        """One Event. That it cannot be written is logged, and keeps nothing else."""
        try:
            shown = replace(item, message=redact(item.message))
            await self.around.recorder.record(self._reference(item), shown, self.around.clock())
        except (Unavailable, Rejected) as error:
            log.warning("%s/%s: no Event %s: %s", self.namespace, self.fleet, item.reason, error)

    def _reference(self, item: Item) -> Reference:
        """The object that an item is about; the Fleet where that is gone."""
        if self._shown is None:
            raise RuntimeError("there is news before anything was shown")
        mine = self._shown.mine
        uid = ""
        if item.kind == "UpdatePolicy":
            uid = next((r.uid for r, _ in self._shown.policies if r.name == item.name), "")
        elif item.kind == "Device":
            member = self.around.cluster.devices(self.namespace).get(item.name)
            uid = member.uid if member else ""
        if uid:
            return Reference(item.kind, self.namespace, item.name, uid)
        return Reference(mine.kind, mine.namespace, mine.name, mine.uid)

    async def _messenger(self, receiver: Receiver) -> Messenger:
        if self._shown is None:
            raise RuntimeError("there is a receiver before anything was shown")
        return await self.around.backends.messenger(self._shown.mine, receiver)

    def _view(self, shown: Shown, head: str, now: datetime) -> View:
        policies = [policy for _, policy in shown.policies]
        return View(
            self.fleet,
            shown.health,
            policies,
            now,
            head,
            str(shown.mine.status.get("commit", "")),
            {resource.name: resource.created.date() for resource, _ in shown.policies},
            _since(shown.mine.status),
            self._listed(frozenset(policy.platform for policy in policies)),
        )

    def _listed(self, platforms: frozenset[Platform]) -> Listing | None:
        """What is listed, found anew only with another catalog; None before there is a believed reading."""
        catalog = self.around.catalog()
        if not catalog.believed:
            return None
        known = self._listing
        if known is None or known[0] is not catalog.known or known[1] != platforms:
            known = self._listing = catalog.known, platforms, listing(catalog.known, platforms)
        return known[2]


async def _recall(notes: Notes) -> Told:
    entries = await notes.recall(NAME)
    try:
        return from_entries(entries)
    except ValueError as error:
        log.warning("%s holds something else than what was told, and is begun anew: %s", NAME, error)
        return Told()


def _since(status: Mapping[str, Any]) -> Mapping[str, datetime]:
    """When each condition changed last."""
    return {
        condition["type"]: datetime.fromisoformat(condition["lastTransitionTime"])
        for condition in status.get("conditions", ())
    }

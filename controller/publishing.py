"""When a fleet's repository is asked: at its interval, after a push, and when people want something else."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from controller.annotations import ALLOWANCE, REQUESTED, allowance
from controller.domain.conditions import Condition
from controller.domain.fleets import Fleet
from controller.drift import Drift, told
from controller.durations import parse_duration
from controller.objects import Resource
from controller.ports import Rejected, Repository
from controller.publish import Published, Publisher, Source
from controller.receptions import Door, PushReception
from controller.refusal import refusal
from controller.surroundings import Surroundings

log = logging.getLogger(__name__)

#: Without a repository there is no time for it.
NEVER = float("inf")

#: Pushes have the repository asked this many seconds after it was asked last, at the soonest: the first one
#: of a burst at once, all others together once more.
CALM = 5.0


@dataclass
class Publishing:
    """The publish flow of one fleet, and how it ended last.

    *ring* is called when a push was heard of, *put_back* with what somebody changed and is as Git has it
    again. *seconds* have passed since some moment.
    """

    around: Surroundings
    ring: Callable[[], None]
    put_back: Callable[[Sequence[Drift]], None]
    seconds: Callable[[], float] = time.monotonic
    _published: Published | None = None
    _asked_at: float = float("-inf")
    _asked_for: tuple[object, ...] = ()
    _pushes: int = 0
    _answered: int = 0
    _publisher: Publisher = field(init=False)

    def __post_init__(self) -> None:
        self._publisher = Publisher(self.around.cluster, self.around.manifests)

    async def turn(self, mine: Resource, fleet: Fleet) -> Condition | None:
        """Bring what Git says into the cluster, if it is time to; None without a repository."""
        asks = "git" in mine.spec
        self.around.metrics.asks("git", mine.key, asked=asks)
        if not asks:
            self._leave(mine)
            return None
        published = self._published = await self._now(mine, fleet)
        self._receive(mine)
        return Condition("GitSynced", published.ok, published.reason, published.message)

    def push(self) -> None:
        """The repository may hold something new, somebody says."""
        self._pushes += 1
        self.ring()

    def until(self, mine: Resource) -> float:
        """How many seconds are left until it is time."""
        git = mine.spec.get("git")
        if not git:
            return NEVER
        return min(self._left(parse_duration(git["interval"]).total_seconds()), self.until_pushed())

    def until_pushed(self) -> float:
        """How many seconds are left until what was pushed is looked for."""
        return self._left(CALM) if self._pushes > self._answered else NEVER

    def handled(self, mine: Resource, *, used: bool) -> Mapping[str, str | None]:
        """What a person asked for by annotation and now has, and what is applied; both stand in status.

        *used*: the plan needed a person's allowance. Nothing is applied any more where Git brings nothing.
        """
        handled: dict[str, str | None] = {}
        if "git" not in mine.spec:
            handled["commit"] = None
        elif self._revision:
            handled["commit"] = self._revision
        pruned = self._published is not None and self._published.allowance_used
        if allowance(mine) and (pruned or used):
            handled["lastHandledAllowance"] = mine.annotations[ALLOWANCE]
        return handled | requested(mine)

    @property
    def head(self) -> str:
        """The revision that the repository said last; empty where it said none."""
        return self._published.head if self._published else ""

    @property
    def _revision(self) -> str:
        return self._published.revision if self._published else ""

    async def _now(self, mine: Resource, fleet: Fleet) -> Published:
        """How it stands; asked anew if it is time, or if the repository or what is wanted is another one."""
        said = [mine.annotations.get(key, "") for key in (REQUESTED, ALLOWANCE)]
        last, pushes = self._published, self._pushes
        wanted: tuple[object, ...] = ()
        try:
            repository = await self.around.backends.repository(mine)
        except Rejected as error:
            published = Published(refusal(error).reason, str(error), self._revision)
        else:
            wanted = (repository, mine.spec["git"], fleet.brake, *said)
            if last and wanted == self._asked_for and self.until(mine) > 0:
                return last
            published = await self._publish(mine, fleet, repository)
        self._asked_at, self._asked_for, self._answered = self.seconds(), wanted, pushes
        return published

    async def _publish(self, mine: Resource, fleet: Fleet, repository: Repository) -> Published:
        prune, known = mine.spec["git"]["prune"], _known(mine)
        source = Source(mine.namespace, mine.name, prune, fleet.brake, allowance(mine), known)
        published = await self._publisher.turn(source, repository)
        if published.applied or published.pruned:
            counts = (published.applied, published.pruned)
            log.info("%s: %s: applied %d, pruned %d", mine.key, published.revision, *counts)
        if published.drift:
            log.info("%s: put back: %s", mine.key, told(published.drift))
            self.put_back(published.drift)
        if published.ok:
            self.around.metrics.answered("git", self.around.clock(), mine.key)
        return published

    def _receive(self, mine: Resource) -> None:
        """Let pushes in, by the token of this moment."""
        token = self.around.backends.push_token(mine)
        if token:
            self.around.receptions.open(Door.PUSH, mine.key, PushReception(token, self.push))
        else:
            self.around.receptions.close(Door.PUSH, mine.key)

    def _leave(self, mine: Resource) -> None:
        """Git brings nothing any more; what it has brought stays as it is."""
        self.around.receptions.close(Door.PUSH, mine.key)
        self._publisher = Publisher(self.around.cluster, self.around.manifests)
        self._published, self._asked_for, self._answered = None, (), self._pushes

    def _left(self, seconds: float) -> float:
        return max(0.0, self._asked_at + seconds - self.seconds())


def requested(mine: Resource) -> dict[str, str | None]:
    """What a person asked for by annotation, which was looked at now, whatever came of it."""
    said = mine.annotations.get(REQUESTED)
    return {} if said is None else {"lastHandledReconcileAt": said}


def _known(mine: Resource) -> str:
    """The commit that its status says is applied, as long as that speaks of the spec as it is."""
    status = mine.status
    current = status.get("observedGeneration") == mine.generation
    return str(status.get("commit", "")) if current else ""

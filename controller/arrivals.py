"""Arrivals: what the MDM's events bring to one fleet. They are let in, registered, and taken in."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from controller.domain.conditions import Condition
from controller.domain.enrollments import Event, Topic
from controller.domain.fleets import Fleet
from controller.domain.hearing import webhook_heard
from controller.inbox import Inbox
from controller.objects import Member, Resource
from controller.receptions import Door, MdmReception
from controller.reconcile import Reconciler
from controller.register import Registrar
from controller.surroundings import Surroundings


@dataclass
class Arrivals:
    """The events of one Fleet, *fleet* as people write it; *ring* is called when some came."""

    namespace: str
    fleet: str
    around: Surroundings
    ring: Callable[[], None]
    inbox: Inbox = field(init=False)
    _registrar: Registrar = field(init=False)
    _waiting: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.inbox = Inbox(self.fleet, self.around.clock, self.ring)
        self._registrar = Registrar(self.around.cluster, self.namespace)

    def receive(self, mine: Resource) -> None:
        """Let the MDM's events in, by the token of this moment."""
        hook = self.around.backends.hook(mine)
        self.around.metrics.listens(self.fleet, opened=hook is not None)
        if hook:
            self.around.receptions.open(Door.MDM, self.fleet, MdmReception(hook, self.inbox))
        else:
            self.around.receptions.close(Door.MDM, self.fleet)

    async def take(self, fleet: Fleet, reconciler: Reconciler) -> None:
        """Take in what came. What cannot be registered now is taken in the next time."""
        self._waiting += self.inbox.take()
        leaving = {event.enrollment for event in self._waiting if event.topic is Topic.CHECK_OUT}
        moving = [e for e in self._waiting if e.enrollment in leaving or not reconciler.knows(e.enrollment)]
        if moving:
            await self._registrar.turn(fleet.register, moving, reconciler.mdm)
        reconciler.hear(self._waiting)
        self._waiting.clear()

    async def label(self, members: Iterable[Member], reconciler: Reconciler) -> None:
        """Have the labels of registered Devices say what is known of them now."""
        await self._registrar.label(members, reconciler.hearing.facts)

    def condition(self, mine: Resource, reconciler: Reconciler | None) -> Condition | None:
        """Is the webhook connected? None where the Fleet has none."""
        if reconciler is None or self.around.backends.hook(mine) is None:
            return None
        listed = mine.status.get("conditions", ())
        before = next((c["reason"] for c in listed if c["type"] == "WebhookHeard"), "")
        missed, now = reconciler.hearing.missed, self.around.clock()
        return webhook_heard(self.inbox.heard, before, missed, now, self.around.report_interval)

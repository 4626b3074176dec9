"""Register: Devices for the enrollments that the MDM's events show."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from controller.domain.enrollments import Event
from controller.domain.facts import Facts
from controller.domain.fleets import Register
from controller.domain.registering import Newcomer, identity, is_ours, newcomers, register
from controller.domain.status_items import value_at
from controller.objects import Member
from controller.ports import Cluster, Mdm
from controller.workers import for_each

log = logging.getLogger(__name__)

#: How many Devices are made or labelled at once.
WORKERS = 8


@dataclass
class Registrar:
    """Makes and removes the Devices of one namespace. It remembers which enrollments get no name."""

    cluster: Cluster
    namespace: str
    _nameless: set[str] = field(default_factory=set)

    async def turn(self, wanted: Register, events: Sequence[Event], mdm: Mdm) -> None:
        """Make Devices for who is new, and remove those of who left. Nothing is done twice.

        `Unavailable` where MDM or API server does not answer; the same events may be given again.
        """
        devices = {name: m.device for name, m in self.cluster.devices(self.namespace).items()}
        known = {device.enrollment for device in devices.values()}
        found = newcomers(events)
        if wanted.enabled:
            await _ask_serials(mdm, {e: n for e, n in found.items() if e not in known})
        registration = register(found, devices, wanted)
        for name in registration.remove:
            log.info("%s/%s: removed: it is not enrolled any more", self.namespace, name)
            await self.cluster.delete("Device", self.namespace, name)
        for new in registration.make:
            log.info("%s/%s: registered enrollment %s", self.namespace, new.name, new.enrollment)
            await self.cluster.make_device(self.namespace, new)
        self._complain(registration.nameless)

    async def label(self, members: Iterable[Member], facts: Mapping[str, Facts]) -> None:
        """Have the labels of the Devices that registration made say what they are now."""
        lacking = {}
        for member in members:
            device, known = member.device, facts.get(member.device.enrollment)
            if known and is_ours(device) and not identity(known) <= device.labels:
                lacking[device.name] = identity(known)

        async def write(name: str) -> None:
            await self.cluster.label(self.namespace, name, lacking[name])

        await for_each(lacking, write, workers=WORKERS)

    def _complain(self, nameless: Iterable[str]) -> None:
        for enrollment in set(nameless) - self._nameless:
            self._nameless.add(enrollment)
            log.warning("%s: other Devices have the names of enrollment %s", self.namespace, enrollment)


async def _ask_serials(mdm: Mdm, enrollments: Mapping[str, Newcomer]) -> None:
    """Read the serial numbers that events did not say from stored reports, where there are any."""

    async def ask(enrollment: str) -> None:
        for report in await mdm.reports(enrollment, ""):
            serial = value_at(report.items, "device.identifier.serial-number")
            if isinstance(serial, str) and serial:
                enrollments[enrollment].serial = serial

    await for_each([e for e, n in enrollments.items() if not n.serial], ask, workers=WORKERS)

"""Devices by the thousand, as an operator that has run for a while leaves them."""

from typing import Any

from controller.adapters.kube.access import Access
from controller.adapters.kube.client import Client
from controller.adapters.kube.paths import collection, single
from controller.domain.decisions import Situation
from controller.domain.devices import Device
from controller.domain.facts import Facts
from controller.domain.status import Outcome, device_status
from controller.workers import for_each
from tests.bench.fleet import Inputs

#: How many requests are under way at once.
WORKERS = 16


async def seed(access: Access, namespace: str, fleet: Inputs) -> None:
    """Make all Devices of the fleet, each with its status."""
    client = Client(access)

    async def make(shown: tuple[Device, Outcome]) -> None:
        device, outcome = shown
        await client.post(collection("Device", namespace), to_manifest(device))
        path = f"{single('Device', namespace, device.name)}/status"
        await client.merge(path, {"status": device_status(outcome)}, {"fieldManager": "pomona"})

    try:
        await for_each(outcomes(fleet), make, workers=WORKERS)
    finally:
        await client.close()


def outcomes(fleet: Inputs) -> list[tuple[Device, Outcome]]:
    """What became of each device: it was decided about, and holds what it was asked for."""
    devices = [device for device, _ in fleet.roster]
    situation = Situation.of(fleet.fleet, fleet.coverage(), fleet.known, devices)
    return [(device, _outcome(situation, fleet, device, facts)) for device, facts in fleet.roster]


def _outcome(situation: Situation, fleet: Inputs, device: Device, facts: Facts | None) -> Outcome:
    decision = situation.decide(device, facts, fleet.current.get(device.enrollment))
    wanted = decision.verdict.declaration
    return Outcome(decision, facts, wanted, "Acknowledged" if wanted else "", None)


def to_manifest(device: Device) -> dict[str, Any]:
    """A Device as its author writes it."""
    spec: dict[str, Any] = {"enrollment": device.enrollment, "serialNumber": device.serial}
    if device.hold:
        spec["hold"] = {"until": device.hold.until.isoformat(), "reason": device.hold.reason}
    return {
        "apiVersion": "pomona.dev/v1alpha1",
        "kind": "Device",
        "metadata": {"name": device.name, "labels": dict(device.labels)},
        "spec": spec,
    }

"""What an operator does by NanoHUB's API, by hand."""

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import httpx

from tests.lab.device import Profile
from tests.lab.fleet import START, enrollment_id
from tests.lab.protocol import ACTIVATION, ENFORCEMENT, SUBSCRIPTION

ITEMS = (
    "device.operating-system.version",
    "management.declarations",
    "softwareupdate.device-id",
    "softwareupdate.failure-reason",
    "softwareupdate.install-state",
    "softwareupdate.pending-version",
)

#: A device, or how NanoHUB calls it.
Known = Profile | str


class Mdm:
    """What an operator does by NanoHUB's API, in a few words."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def put(self, identifier: str, of_type: str, **payload: Any) -> None:
        document = {"Identifier": identifier, "Type": of_type, "Payload": payload}
        self._call("PUT", "declarations", json=document)

    def set(self, name: str, *declarations: str) -> None:
        for declaration in declarations:
            self._call("PUT", f"set-declarations/{name}", params={"declaration": declaration})

    def assign(self, name: str, devices: Iterable[Known]) -> None:
        for device in devices:
            self._call("PUT", f"enrollment-sets/{_id(device)}", params={"set": name})

    def unassign(self, name: str, device: Known) -> None:
        self._call("DELETE", f"enrollment-sets/{_id(device)}", params={"set": name})

    def subscribe(self, devices: Iterable[Known]) -> None:
        self.put("subscription", SUBSCRIPTION, StatusItems=[{"Name": item} for item in ITEMS])
        self.put("subscribe", ACTIVATION, StandardConfigurations=["subscription"])
        self.set("everybody", "subscription", "subscribe")
        self.assign("everybody", devices)

    def enforce(self, devices: Iterable[Known], version: str, hours: int, **payload: str) -> None:
        """One enforcement for these, due so many hours after the start of a fleet's time."""
        due = (START + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S")
        self.put("enforcement", ENFORCEMENT, TargetOSVersion=version, TargetLocalDateTime=due, **payload)
        self.put("enforce", ACTIVATION, StandardConfigurations=["enforcement"])
        self.set("enforced", "enforcement", "enforce")
        self.assign("enforced", devices)

    def tell(self, devices: Iterable[Known]) -> None:
        """Without a push certificate the answer is 500, but the command waits for the device."""
        answer = self.notify(devices)
        assert answer.status_code == 204 or "push error" in answer.text

    def notify(self, devices: Iterable[Known]) -> httpx.Response:
        """Let the MDM tell these devices that their declarations changed, whatever it answers."""
        ids = [_id(device) for device in devices]
        return self._client.post("/ddm/notify", params={"id": ids})

    def last_report(self, device: Known) -> dict[str, Any]:
        path = f"/ddm/status-report/{_id(device)}"
        answer = self._client.get(path, params={"index": 0}).raise_for_status()
        document: dict[str, Any] = json.loads(answer.content)
        return document

    def _call(self, method: str, path: str, **arguments: Any) -> None:
        parameters = {**arguments.pop("params", {}), "nonotify": 1}
        answer = self._client.request(method, f"/ddm/{path}", params=parameters, **arguments)
        assert answer.status_code in (204, 304), answer.text


def _id(device: Known) -> str:
    return device if isinstance(device, str) else enrollment_id(device.serial)

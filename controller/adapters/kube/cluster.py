"""The `Cluster` port: requests for what is rare, a cache for the Devices."""

import asyncio
import base64
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import msgspec

from controller.adapters.kube.client import Client, Conflict, NotFound, Refused
from controller.adapters.kube.listing import list_all
from controller.adapters.kube.notes import ConfigMaps
from controller.adapters.kube.owners import Owned, owners_of
from controller.adapters.kube.paths import API_VERSION, MANAGER, REGISTRAR, collection, core, single
from controller.adapters.kube.problems import problems
from controller.adapters.kube.reflector import PACE, Pace, Reflector
from controller.adapters.kube.resources import to_resource
from controller.adapters.kube.roster import Roster
from controller.adapters.kube.wire import Page, RawDevice, Texts, Thing
from controller.domain.devices import Labels
from controller.domain.registering import NewDevice
from controller.objects import Manifest, Member, Problem, Resource
from controller.patches import merge_patch
from controller.ports import Rejected
from controller.specs import spec_of

_APPLY = {"fieldManager": MANAGER, "force": "true", "fieldValidation": "Strict"}


class Kube:
    """One API server, with the Devices of some namespaces, or of all where *namespaces* is empty.

    *changed* is called with a namespace when one of its Devices is another one now, appeared or went;
    a change of its status alone does not count.
    """

    def __init__(
        self,
        client: Client,
        namespaces: Collection[str],
        changed: Callable[[str], None],
        pace: Pace = PACE,
    ) -> None:
        self.client = client
        self._rosters = {namespace: Roster(changed) for namespace in namespaces or [""]}
        self._reflectors = [Reflector(client, n, roster, pace) for n, roster in self._rosters.items()]

    async def run(self) -> None:
        """Keep the Devices up to date until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for reflector in self._reflectors:
                tasks.create_task(reflector.run())

    async def wait_synced(self) -> None:
        """Return once every Device has been heard of."""
        for reflector in self._reflectors:
            await reflector.synced.wait()

    @property
    def synced(self) -> bool:
        """Has every Device been heard of?"""
        return all(reflector.synced.is_set() for reflector in self._reflectors)

    async def fleets(self, namespace: str) -> Sequence[Resource]:
        """All Fleets of the namespace, the oldest first."""
        fleets = await self._list("Fleet", namespace)
        return sorted(fleets, key=lambda fleet: (fleet.created, fleet.name))

    async def policies(self, namespace: str) -> Sequence[Resource]:
        """All UpdatePolicies of the namespace, read anew."""
        return await self._list("UpdatePolicy", namespace)

    def devices(self, namespace: str) -> Mapping[str, Member]:
        """All Devices of the namespace by name, as last heard; no request."""
        roster = self._roster(namespace)
        return roster.members(namespace) if roster else {}

    async def secret(self, namespace: str, name: str) -> Mapping[str, str]:
        """The entries of a Secret, decoded; `Rejected` names it when it is missing."""
        try:
            answer = await self.client.get(core("secrets", namespace, name))
        except NotFound as error:
            raise Rejected(f"the Secret {name} is missing in namespace {namespace}") from error
        entries = msgspec.json.decode(answer, type=Texts).data
        return {key: base64.b64decode(value).decode(errors="replace") for key, value in entries.items()}

    def notes(self, namespace: str, owner: Resource | None) -> ConfigMaps:
        """What is remembered in the namespace."""
        return ConfigMaps(self.client, namespace, owner)

    async def write_status(self, kind: str, namespace: str, name: str, patch: Mapping[str, Any]) -> None:
        """Merge *patch* into the status; an object that is gone is no error."""
        path = f"{single(kind, namespace, name)}/status"
        try:
            answer = await self.client.merge(path, {"status": patch}, {"fieldManager": MANAGER})
        except NotFound:
            return
        self._take(kind, namespace, answer)

    async def apply(self, namespace: str, manifest: Manifest, *, dry_run: bool) -> Sequence[Problem]:
        """Server-side apply as the field manager `pomona`; what the API server refuses are problems.

        Fields that another manager owns are taken over, and what it added to the spec is taken away: whether
        they may be is the caller's to check.
        """
        path = single(manifest.kind, namespace, manifest.name)
        query = {**_APPLY, "dryRun": "All"} if dry_run else _APPLY
        try:
            answer = await self.client.apply(path, manifest.document, query)
            if not dry_run:
                self._take(manifest.kind, namespace, await self._without_others(path, manifest, answer))
        except Refused as error:
            return problems(manifest, error)
        return ()

    async def changed_by(self, kind: str, namespace: str, name: str, fields: Collection[str]) -> str:
        """The field managers, ours apart, that these fields of an object belong to.

        Where they belong to nobody any more: the one that wrote last. Empty where there is none.
        """
        try:
            answer = await self.client.get(single(kind, namespace, name))
        except NotFound:
            return ""
        owners = msgspec.json.decode(answer, type=Owned).metadata.managed_fields
        return ", ".join(owners_of(fields, [owner for owner in owners if owner.manager != MANAGER]))

    async def delete(self, kind: str, namespace: str, name: str) -> None:
        """Delete one object; one that is gone is no error."""
        try:
            await self.client.delete(single(kind, namespace, name))
        except NotFound:
            return

    async def give_up(self, namespace: str, name: str) -> None:
        """Take away what `apply` added to a Device that others made; one that is gone is no error."""
        member = self.devices(namespace).get(name)
        if member is None:
            return
        # By its uid: one that went meanwhile is not made anew.
        metadata = {"name": name, "namespace": namespace, "uid": member.uid}
        document = {"apiVersion": API_VERSION, "kind": "Device", "metadata": metadata}
        try:
            answer = await self.client.apply(single("Device", namespace, name), document, _APPLY)
        except (Conflict, NotFound):
            return
        self._take("Device", namespace, answer)

    async def make_device(self, namespace: str, device: NewDevice) -> None:
        """Make a Device, unless there is one of that name."""
        spec = {"enrollment": device.enrollment}
        document = {
            "apiVersion": API_VERSION,
            "kind": "Device",
            "metadata": {"name": device.name, "namespace": namespace, "labels": dict(device.labels)},
            "spec": spec | ({"serialNumber": device.serial} if device.serial else {}),
        }
        path, query = collection("Device", namespace), {"fieldManager": REGISTRAR}
        try:
            self._take("Device", namespace, await self.client.post(path, document, query))
        except Conflict:
            return

    async def label(self, namespace: str, device: str, labels: Labels) -> None:
        """Set these labels of a Device, and leave all others; one that is gone is no error."""
        path, query = single("Device", namespace, device), {"fieldManager": REGISTRAR}
        try:
            answer = await self.client.merge(path, {"metadata": {"labels": dict(labels)}}, query)
        except NotFound:
            return
        self._take("Device", namespace, answer)

    async def _without_others(self, path: str, manifest: Manifest, applied: bytes) -> bytes:
        """The object with just the manifest's spec: server-side apply leaves what other managers added."""
        wanted = spec_of(manifest)
        patch = merge_patch(msgspec.json.decode(applied, type=Thing).spec, wanted)
        if not patch:
            return applied
        return await self.client.merge(path, {"spec": patch}, {"fieldManager": MANAGER})

    def _roster(self, namespace: str) -> Roster | None:
        return self._rosters.get("", self._rosters.get(namespace))

    def _take(self, kind: str, namespace: str, answer: bytes) -> None:
        roster = self._roster(namespace)
        if roster and kind == "Device":
            roster.put_written(msgspec.json.decode(answer, type=RawDevice))

    async def _list(self, kind: str, namespace: str) -> list[Resource]:
        things = await list_all(self.client, kind, namespace, Page[Thing])
        return [to_resource(kind, thing) for thing in things]

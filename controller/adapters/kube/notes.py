"""What survives a restart: ConfigMaps."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from controller.adapters.kube.client import Client, NotFound
from controller.adapters.kube.paths import MANAGER, core
from controller.adapters.kube.wire import Texts
from controller.objects import Resource


@dataclass(frozen=True, slots=True)
class ConfigMaps:
    """The `Notes` of one namespace; they go with their *owner*, where they have one."""

    client: Client
    namespace: str
    owner: Resource | None

    async def recall(self, name: str) -> Mapping[str, str]:
        """What `remember` wrote under this name; empty when nothing was."""
        try:
            answer = await self.client.get(core("configmaps", self.namespace, name))
        except NotFound:
            return {}
        return msgspec.json.decode(answer, type=Texts).data

    async def remember(self, name: str, entries: Mapping[str, str]) -> None:
        """Keep these texts under this name, and no others."""
        metadata = {"name": name, "ownerReferences": [_reference(self.owner)] if self.owner else []}
        document = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": entries}
        query = {"fieldManager": MANAGER, "force": "true"}
        await self.client.apply(core("configmaps", self.namespace, name), document, query)


def _reference(owner: Resource) -> dict[str, str]:
    return {
        "apiVersion": "pomona.dev/v1alpha1",
        "kind": owner.kind,
        "name": owner.name,
        "uid": owner.uid,
    }

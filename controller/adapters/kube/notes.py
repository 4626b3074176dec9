"""What survives a restart: ConfigMaps."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from controller.adapters.kube.client import Client, NotFound
from controller.adapters.kube.paths import MANAGER, core
from controller.adapters.kube.wire import Texts


@dataclass(frozen=True, slots=True)
class ConfigMaps:
    """The `Notes` of one namespace."""

    client: Client
    namespace: str

    async def recall(self, name: str) -> Mapping[str, str]:
        """What `remember` wrote under this name; empty when nothing was."""
        try:
            answer = await self.client.get(core("configmaps", self.namespace, name))
        except NotFound:
            return {}
        return msgspec.json.decode(answer, type=Texts).data

    async def remember(self, name: str, entries: Mapping[str, str]) -> None:
        """Keep these texts under this name, and no others."""
        document = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name},
            "data": entries,
        }
        query = {"fieldManager": MANAGER, "force": "true"}
        await self.client.apply(core("configmaps", self.namespace, name), document, query)

"""What devices hold that is not ours: of what kind it is, once asked and then remembered."""

from collections.abc import Mapping
from urllib.parse import quote

from controller.adapters.nanohub.answers import Missing
from controller.adapters.nanohub.classes import ENFORCEMENT
from controller.adapters.nanohub.client import Client
from controller.ports import Unavailable

#: How many declarations of others are remembered.
KEPT = 10_000


class Others:
    """Which configurations of others are enforcements, by identifier and server token."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._enforces: dict[tuple[str, str], bool] = {}

    async def enforces(self, identifier: str, token: str) -> bool:
        """Is it an enforcement? What the server does not have is none: it came by another way."""
        key = identifier, token
        if key not in self._enforces:
            found = await self._type(identifier) == ENFORCEMENT
            if len(self._enforces) >= KEPT:
                del self._enforces[next(iter(self._enforces))]
            self._enforces[key] = found
        return self._enforces[key]

    async def _type(self, identifier: str) -> str:
        path = f"/ddm/declarations/{quote(identifier, safe='')}"
        try:
            document = await self._client.document(path)
        except Missing:
            return ""
        if not isinstance(document, Mapping):
            raise Unavailable(f"the MDM answered {str(document)[:200]} to GET {path}; expected a declaration")
        return str(document.get("Type", ""))

"""Lists that are read to their end."""

import msgspec

from controller.adapters.kube.client import Client
from controller.adapters.kube.paths import collection
from controller.adapters.kube.wire import Item, Page

#: So many objects are asked for at once.
_PAGE = 500


async def list_all(client: Client, kind: str, namespace: str, page: type[Page[Item]]) -> list[Item]:
    """Every object of a kind in a namespace."""
    items: list[Item] = []
    query = {"limit": str(_PAGE)}
    while True:
        answer = msgspec.json.decode(await client.get(collection(kind, namespace), query), type=page)
        items += answer.items
        if not answer.metadata.next:
            return items
        query["continue"] = answer.metadata.next

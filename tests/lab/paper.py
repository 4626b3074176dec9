"""`Notes` on paper."""

from collections.abc import Mapping

from controller.ports import Unavailable


class Paper:
    """Notes in memory; while it is *down*, nothing is kept."""

    def __init__(self) -> None:
        self.kept: dict[str, Mapping[str, str]] = {}
        self.writes = 0
        self.down = False

    async def recall(self, name: str) -> Mapping[str, str]:
        return self.kept.get(name, {})

    async def remember(self, name: str, entries: Mapping[str, str]) -> None:
        if self.down:
            raise Unavailable("the API server does not answer")
        self.writes += 1
        self.kept[name] = entries

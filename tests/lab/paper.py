"""`Notes` on paper."""

from collections.abc import Mapping


class Paper:
    """Notes in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, Mapping[str, str]] = {}
        self.writes = 0

    async def recall(self, name: str) -> Mapping[str, str]:
        return self.kept.get(name, {})

    async def remember(self, name: str, entries: Mapping[str, str]) -> None:
        self.writes += 1
        self.kept[name] = entries

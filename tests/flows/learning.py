"""What the learn flow meets in its tests: an outside that answers, and notes on paper."""

from collections.abc import Mapping
from typing import Generic, TypeVar

from controller.ports import Unavailable

Read = TypeVar("Read")


class Answers(Generic[Read]):
    """An outside that gives these answers, the last one for ever."""

    def __init__(self, *answers: Read | Unavailable) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def read(self) -> Read:
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Unavailable):
            raise answer
        return answer


class Paper:
    """Notes in memory."""

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

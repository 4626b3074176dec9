"""What the learn flow meets in its tests: an outside that answers."""

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

"""Git, asked about one URL: its failures in our words."""

from collections.abc import Sequence

from git.exc import GitCommandNotFound

from controller.adapters.git.access import Credentials
from controller.adapters.git.command import Command, Failed, Limits, Said, Stopped
from controller.adapters.git.complaints import translate
from controller.adapters.git.pipes import TooLong, TooMuch
from controller.ports import Rejected, Unavailable

#: The longest answer to a question, in bytes.
_ANSWER = 1 << 20


class Remote:
    """One repository as git reaches it. Only `run` raises `Failed`: its callers know what it means."""

    def __init__(self, url: str, credentials: Credentials, command: Command, limits: Limits) -> None:
        self.url = url
        self.limits = limits
        self._credentials = credentials
        self._command = command

    async def ask(self, *arguments: str, most: int = _ANSWER) -> str:
        """Git's answer to a short question."""
        said = await self.git(arguments, self.limits.ask, most, f"answers more than {most} bytes")
        return said.decode(errors="replace")

    async def git(
        self, arguments: Sequence[str], limit: float, most: int, otherwise: str, given: bytes = b""
    ) -> bytes:
        """What git says; `Rejected` with the words of *otherwise* where that is more than *most* bytes."""
        try:
            return (await self.run(["git", *arguments], limit, most, given)).text
        except TooMuch as error:
            raise Rejected(f"{self.url} {otherwise}") from error
        except Failed as failed:
            raise self.failure(failed) from failed

    async def run(
        self, program: Sequence[str], limit: float, most: int = _ANSWER, given: bytes = b""
    ) -> Said:
        """What a program says; how it failed is left to the caller."""
        try:
            return await self._command.run(program, limit, most, given)
        except TooLong as error:
            raise Unavailable(f"{self.url} did not answer within {limit:g} s") from error
        except Stopped as error:
            raise Unavailable(f"{self.url} is closed") from error
        except GitCommandNotFound as error:
            raise Unavailable(
                f"the program {program[0]} is missing, expected it beside the operator"
            ) from error

    def failure(self, failed: Failed) -> Unavailable | Rejected:
        """What that means."""
        return translate(self.url, failed.status, self._credentials.hidden(str(failed)))

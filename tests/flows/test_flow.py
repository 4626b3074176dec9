"""How a flow runs: turn after turn, whatever happens."""

import asyncio
import logging

import pytest

from controller.flow import take_turns
from controller.ports import Rejected, Unavailable
from controller.workers import for_each


class Turns:
    """Counts turns; each does what the script says, and after its end waits for ever."""

    def __init__(self, *script: float | Exception) -> None:
        self.script = list(script)
        self.taken = 0
        self.done = asyncio.Event()

    async def turn(self) -> float:
        self.taken += 1
        step = self.script[self.taken - 1] if self.taken <= len(self.script) else 3600.0
        if self.taken > len(self.script):
            self.done.set()
        if isinstance(step, Exception):
            raise step
        return step


async def until_done(turns: Turns, bell: asyncio.Event | None = None) -> None:
    task = asyncio.create_task(take_turns("test", turns.turn, bell or asyncio.Event()))
    async with asyncio.timeout(10):
        await turns.done.wait()
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()


async def test_a_turn_follows_when_the_last_one_said() -> None:
    turns = Turns(0.0, 0.0)
    await until_done(turns)
    assert turns.taken == 3


async def test_the_bell_ends_the_wait() -> None:
    bell = asyncio.Event()
    turns = Turns(3600.0)
    asyncio.get_running_loop().call_later(0.01, bell.set)
    await until_done(turns, bell)


@pytest.mark.parametrize(
    "error",
    [Unavailable("down"), Rejected("no"), ValueError("a defect")],
    ids=["unavailable", "rejected", "defect"],
)
async def test_no_error_ends_a_flow_and_each_is_logged(
    error: Exception, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controller.flow.FIRST_WAIT", 0.01)
    with caplog.at_level(logging.WARNING):
        await until_done(Turns(error, error))
    assert [str(error) in record.getMessage() or record.exc_info for record in caplog.records]
    assert len(caplog.records) == 2


async def test_so_many_at_once_and_no_more() -> None:
    busy, most = 0, 0

    async def work(_: int) -> None:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0)
        busy -= 1

    await for_each(range(20), work, workers=4)
    assert most == 4


async def test_the_first_error_ends_it_all() -> None:
    async def work(number: int) -> None:
        if number == 2:
            raise Unavailable("down")
        await asyncio.sleep(0)

    with pytest.raises(Unavailable):
        await for_each(range(5), work, workers=2)

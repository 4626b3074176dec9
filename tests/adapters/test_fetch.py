"""Fetching: what is no whole answer within the limits is unavailable."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from controller.fetch import Limits, fetch
from controller.ports import Unavailable

URL = "https://feeds.acme.example/a.json"
WIDE = Limits(1000, 5.0)


async def fetched(answer: httpx.Response, limits: Limits = WIDE, url: str = URL) -> bytes:
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: answer)) as http:
        return await fetch(http, url, "the feed", limits)


async def test_a_whole_answer_is_its_body() -> None:
    assert await fetched(httpx.Response(200, content=b"x" * 1000)) == b"x" * 1000


async def test_one_byte_too_much_is_too_much() -> None:
    with pytest.raises(Unavailable, match="the feed answered with more than 1000 bytes"):
        await fetched(httpx.Response(200, content=b"x" * 1001))


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        pytest.param("120", 120.0, id="seconds"),
        pytest.param("Wed, 21 Oct 2026 07:28:00 GMT", 0.0, id="a date"),
        pytest.param("-1", 0.0, id="no number"),
    ],
)
async def test_how_long_the_other_side_asks_us_to_stay_away(asked: str, wait: float) -> None:
    with pytest.raises(Unavailable, match="the feed answered 429, expected 200") as caught:
        await fetched(httpx.Response(429, headers={"Retry-After": asked}))
    assert caught.value.wait == wait


async def test_an_answer_that_only_drips_is_given_up() -> None:
    async def drip() -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(0.01)

    with pytest.raises(Unavailable, match="does not end its answer within"):
        await fetched(httpx.Response(200, content=drip()), Limits(10**9, 0.1))


async def test_a_url_that_is_none() -> None:
    with pytest.raises(Unavailable, match="the feed does not answer"):
        await fetched(httpx.Response(200), url="https://feeds:port/")

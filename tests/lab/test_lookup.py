"""The lookup service of the lab, as a client meets it."""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest

from controller.adapters.lookup import LookupService
from controller.ports import Unavailable
from tests.lab.lookup import EMPTY, Lookup
from tests.lab.pki import Authority
from tests.lab.readings import WORLD

ANSWER = WORLD.answer(date(2026, 1, 12))


@pytest.fixture
def lookup(tmp_path: Path) -> Iterator[Lookup]:
    with Lookup(tmp_path, Authority()) as started:
        yield started


@pytest.fixture
async def client(lookup: Lookup) -> AsyncIterator[httpx.AsyncClient]:
    async with lookup.client() as client:
        yield client


async def test_it_answers_with_what_it_was_given(lookup: Lookup, client: httpx.AsyncClient) -> None:
    lookup.answer = ANSWER
    assert (await client.get(lookup.url)).json() == ANSWER
    lookup.answer = b"<html>"
    assert (await client.get(lookup.url)).content == b"<html>"
    assert lookup.requests == 2


async def test_at_first_it_answers_with_the_world(lookup: Lookup, client: httpx.AsyncClient) -> None:
    assert "26.2" in (await client.get(lookup.url)).text


async def test_nothing_on_offer(lookup: Lookup, client: httpx.AsyncClient) -> None:
    lookup.answer = "empty"
    answer = await client.get(lookup.url)
    assert (answer.status_code, answer.content) == (200, EMPTY)


async def test_half_an_answer_breaks_off(lookup: Lookup, client: httpx.AsyncClient) -> None:
    lookup.answer = "half"
    with pytest.raises(httpx.RemoteProtocolError):
        await client.get(lookup.url)


async def test_an_error(lookup: Lookup, client: httpx.AsyncClient) -> None:
    lookup.answer = "error"
    assert (await client.get(lookup.url)).status_code == 503


async def test_no_answer_until_it_stops(tmp_path: Path) -> None:
    with Lookup(tmp_path, Authority()) as lookup:
        lookup.answer = "hang"
        async with lookup.client() as client:
            with pytest.raises(httpx.ReadTimeout):
                await client.get(lookup.url, timeout=0.2)
    assert lookup.requests == 1


async def test_another_path_is_not_found(lookup: Lookup, client: httpx.AsyncClient) -> None:
    assert (await client.get(lookup.url + "x")).status_code == 404
    assert lookup.requests == 0


async def test_who_does_not_know_the_authority_does_not_trust_it(lookup: Lookup) -> None:
    async with httpx.AsyncClient(trust_env=False) as stranger:
        with pytest.raises(httpx.ConnectError):
            await stranger.get(lookup.url)


async def test_the_operator_reads_it(lookup: Lookup) -> None:
    service = LookupService(lookup.url, lookup.ca_file)
    try:
        lookup.answer = json.loads(json.dumps(ANSWER))
        reading = await service.read()
        assert reading.doubt(0) == ""
        lookup.answer = "error"
        with pytest.raises(Unavailable):
            await service.read()
    finally:
        await service.close()

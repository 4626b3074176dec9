"""One that stands by passes webhooks on to the one that holds the Lease."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx
import pytest

from controller.forward import PATIENCE
from controller.webhook import LARGEST
from tests.flows.listeners import FLEET, TOKEN, Listener, OneLease
from tests.flows.test_webhook import KEY, REFUSED, REPORT, in_chunks, signed, told
from tests.lab.processes import free_port


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=30) as client:
        yield client


@asynccontextmanager
async def a_pair(*, token: str = TOKEN, hmac_key: str = "") -> AsyncIterator[tuple[Listener, Listener]]:
    """The holder, and one that stands by."""
    holder = Listener().opened(token=token, hmac_key=hmac_key)
    standby = Listener(OneLease(here=False, elsewhere=holder.url))
    async with holder.listening(), standby.listening():
        yield holder, standby


async def test_what_it_hears_reaches_the_holder(client: httpx.AsyncClient) -> None:
    async with a_pair(hmac_key=KEY) as (holder, standby):
        answer = await client.post(standby.webhook, content=REPORT, headers=signed(REPORT))

    assert (answer.status_code, len(holder.inbox.take())) == (200, 1)
    assert (holder.counted(), standby.counted()) == ({(FLEET, "mdm.DeclarativeManagement"): 1}, {})


async def test_a_token_arrives_as_it_was_sent(client: httpx.AsyncClient) -> None:
    async with a_pair(token="ß and %20 +?#") as (_, standby):
        url = f"{standby.url}/webhook/{FLEET}/%C3%9F%20and%20%2520%20+%3F%23"
        assert (await client.post(url, content=REPORT)).status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "headers", "status"),
    [
        pytest.param(f"{FLEET}/wrong", REPORT, signed(REPORT), 404, id="another token"),
        pytest.param(f"{FLEET}/{TOKEN}", REPORT, {}, 404, id="unsigned"),
        pytest.param(f"{FLEET}/{TOKEN}", b"{}", signed(b"{}"), 400, id="another form"),
    ],
)
async def test_what_the_holder_refuses_is_refused(
    client: httpx.AsyncClient, path: str, body: bytes, headers: dict[str, str], status: int
) -> None:
    async with a_pair(hmac_key=KEY) as (holder, standby):
        answer = await client.post(f"{standby.url}/webhook/{path}", content=body, headers=headers)

    assert (answer.status_code, holder.counted(), standby.counted()) == (status, REFUSED, {})


@pytest.mark.parametrize(
    ("method", "path", "content", "status"),
    [
        pytest.param("POST", f"/webhook/{FLEET}/{TOKEN}", b" " * (LARGEST + 1), 413, id="too large"),
        pytest.param("POST", f"/webhook/{FLEET}/{'t' * 513}", REPORT, 404, id="no token is that long"),
        pytest.param("POST", "/webhook/ACME/macs/t", REPORT, 404, id="no namespace"),
        pytest.param("POST", "/metrics", REPORT, 404, id="another path"),
        pytest.param("DELETE", f"/webhook/{FLEET}/{TOKEN}", None, 404, id="another method"),
    ],
)
async def test_what_cannot_be_an_event_is_not_passed_on(
    client: httpx.AsyncClient, method: str, path: str, content: bytes | None, status: int
) -> None:
    async with a_pair() as (holder, standby):
        answer = await client.request(method, f"{standby.url}{path}", content=content)

    assert (answer.status_code, holder.counted(), standby.counted()) == (status, {}, REFUSED)


async def test_chunks_that_become_too_large_are_not_passed_on(client: httpx.AsyncClient) -> None:
    async with a_pair() as (holder, standby):
        answer = await client.post(standby.webhook, content=in_chunks(2 * LARGEST))

    assert (answer.status_code, holder.counted()) == (413, {})


async def test_nothing_goes_round_in_circles(client: httpx.AsyncClient) -> None:
    one, other = (Listener(OneLease(here=False)) for _ in range(2))
    one.lease.elsewhere, other.lease.elsewhere = other.url, one.url
    async with one.listening(), other.listening():
        answer = await client.post(one.webhook, content=REPORT)

    assert (answer.status_code, one.counted(), other.counted()) == (503, {}, REFUSED)


@pytest.mark.parametrize("elsewhere", ["", "http://127.0.0.1:{}", "nonsense"], ids=["none", "dead", "odd"])
async def test_without_a_holder_that_answers_it_is_unavailable(
    client: httpx.AsyncClient, elsewhere: str, caplog: pytest.LogCaptureFixture
) -> None:
    lease = OneLease(here=False, elsewhere=elsewhere.format(free_port()))
    with caplog.at_level(logging.DEBUG):
        async with Listener(lease).opened().listening() as listener:
            answer = await client.post(listener.webhook, content=REPORT)

    assert (answer.status_code, listener.counted(), listener.inbox.take()) == (503, REFUSED, [])
    assert TOKEN not in told(caplog)


class SlowHolder:
    """Answers 200, once it may."""

    def __init__(self) -> None:
        self.asked, self.may_answer = asyncio.Event(), asyncio.Event()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(REPORT)
        self.asked.set()
        with suppress(TimeoutError):
            await asyncio.wait_for(self.may_answer.wait(), 2 * PATIENCE)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    @asynccontextmanager
    async def standby(self) -> AsyncIterator[Listener]:
        """One that stands by while this one holds the Lease."""
        server = await asyncio.start_server(self.answer, "127.0.0.1", free_port())
        port = server.sockets[0].getsockname()[1]
        lease = OneLease(here=False, elsewhere=f"http://127.0.0.1:{port}")
        async with server, Listener(lease).listening() as listener:
            yield listener


async def test_a_holder_that_says_nothing_is_not_waited_for_long(client: httpx.AsyncClient) -> None:
    holder = SlowHolder()
    async with holder.standby() as listener:
        answer = await client.post(listener.webhook, content=REPORT)
        holder.may_answer.set()

    assert (answer.status_code, listener.counted()) == (503, REFUSED)


async def test_what_is_under_way_is_answered_before_the_end(client: httpx.AsyncClient) -> None:
    holder = SlowHolder()
    async with holder.standby() as listener:
        asking = asyncio.create_task(client.post(listener.webhook, content=REPORT))
        await holder.asked.wait()
        asyncio.get_running_loop().call_soon(holder.may_answer.set)

    assert (await asking).status_code == 200


async def test_one_that_took_over_takes_what_comes_itself(client: httpx.AsyncClient) -> None:
    async with a_pair() as (holder, standby):
        standby.opened().lease.here = True
        assert (await client.post(standby.webhook, content=REPORT)).status_code == 200

    assert (len(standby.inbox.take()), holder.inbox.take()) == (1, [])

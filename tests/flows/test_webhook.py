"""The webhook over HTTP: who is let in, what is refused, and what is never seen."""

import base64
import gzip
import hashlib
import hmac
import logging
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from prometheus_client import generate_latest

from controller.domain.enrollments import Event, Topic
from controller.inbox import LIMIT
from controller.ports import Rejected
from controller.receptions import Door
from controller.settings import Address
from controller.web import advertised
from controller.webhook import LARGEST
from tests.flows.listeners import FLEET, NOW, TOKEN, Listener
from tests.lab.waiting import eventually
from tests.lab.webhooks import ENROLLMENT, checked_in, declared, escrowed

REPORT = declared("status", Data=b"{}")
KEY = "key-of-acme"
REFUSED = {("", "refused"): 1}


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    async with Listener().opened().listening() as listener:
        yield listener


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as client:
        yield client


def signed(body: bytes, key: str = KEY) -> dict[str, str]:
    digest = hmac.new(key.encode(), body, hashlib.sha256).digest()
    return {"X-Hmac-Signature": base64.b64encode(digest).decode()}


async def in_chunks(size: int) -> AsyncIterator[bytes]:
    for _ in range(0, size, 65536):
        yield b" " * 65536


def told(caplog: pytest.LogCaptureFixture) -> str:
    """Everything that was logged, but by the test's own client."""
    formatter = logging.Formatter()
    records = [record for record in caplog.records if not record.name.startswith("http")]
    return "\n".join(map(formatter.format, records))


async def test_an_event_is_taken(listener: Listener, client: httpx.AsyncClient) -> None:
    answer = await client.post(listener.webhook, content=REPORT)

    assert answer.status_code == 200
    assert [(event.topic, event.enrollment) for event in listener.inbox.take()] == [
        (Topic.STATUS, ENROLLMENT)
    ]
    assert listener.inbox.heard == NOW
    assert listener.counted() == {(FLEET, "mdm.DeclarativeManagement"): 1}


async def test_one_of_the_largest_size_is_taken(listener: Listener, client: httpx.AsyncClient) -> None:
    body = REPORT + b" " * (LARGEST - len(REPORT))
    assert (await client.post(listener.webhook, content=body)).status_code == 200


async def test_what_is_no_device_s_is_only_counted(listener: Listener, client: httpx.AsyncClient) -> None:
    answer = await client.post(listener.webhook, content=checked_in("TokenUpdate", of_type="User"))

    assert (answer.status_code, listener.inbox.take()) == (200, [])
    assert listener.counted() == {(FLEET, "mdm.TokenUpdate"): 1}


async def test_what_the_inbox_cannot_hold_is_counted_as_dropped(
    listener: Listener, client: httpx.AsyncClient
) -> None:
    for number in range(LIMIT):
        listener.inbox.put(Event(Topic.STATUS, f"E{number}", NOW))

    assert (await client.post(listener.webhook, content=REPORT)).status_code == 200
    assert listener.counted() == {(FLEET, "dropped"): 1}


@pytest.mark.parametrize(
    ("method", "path", "content", "status"),
    [
        pytest.param("POST", f"/webhook/{FLEET}/wrong", REPORT, 404, id="another token"),
        pytest.param("POST", f"/webhook/{FLEET}/{TOKEN}x", REPORT, 404, id="a longer token"),
        pytest.param("POST", f"/webhook/{FLEET}/%C3%9F%FF%00", REPORT, 404, id="an odd token"),
        pytest.param("POST", f"/webhook/{FLEET}/", REPORT, 404, id="no token"),
        pytest.param("POST", f"/webhook/acme/other/{TOKEN}", REPORT, 404, id="another fleet"),
        pytest.param("POST", f"/webhook/other/macs/{TOKEN}", REPORT, 404, id="another namespace"),
        pytest.param("POST", f"/webhook/{FLEET}/{TOKEN}/more", REPORT, 404, id="a longer path"),
        pytest.param("POST", f"/git/{FLEET}/{TOKEN}", REPORT, 404, id="another path"),
        pytest.param("POST", "/", REPORT, 404, id="no path"),
        pytest.param("GET", f"/webhook/{FLEET}/{TOKEN}", None, 404, id="GET"),
        pytest.param("PUT", f"/webhook/{FLEET}/{TOKEN}", REPORT, 404, id="PUT"),
        pytest.param("POST", f"/webhook/{FLEET}/{TOKEN}", b"", 400, id="an empty body"),
        pytest.param("POST", f"/webhook/{FLEET}/{TOKEN}", b"{}", 400, id="another form"),
        pytest.param("POST", f"/webhook/{FLEET}/{TOKEN}", b" " * (LARGEST + 1), 413, id="too large"),
        pytest.param(
            "POST", f"/webhook/{FLEET}/wrong", b" " * (LARGEST + 1), 404, id="too large of a stranger"
        ),
    ],
)
async def test_what_is_refused_leaves_nothing_but_a_count(
    listener: Listener, client: httpx.AsyncClient, method: str, path: str, content: bytes | None, status: int
) -> None:
    answer = await client.request(method, f"{listener.url}{path}", content=content)

    assert (answer.status_code, listener.counted()) == (status, REFUSED)
    assert (listener.inbox.take(), listener.inbox.heard) == ([], None)
    assert TOKEN not in answer.text


async def test_chunks_that_become_too_large_are_refused(
    listener: Listener, client: httpx.AsyncClient
) -> None:
    answer = await client.post(listener.webhook, content=in_chunks(2 * LARGEST))

    assert (answer.status_code, listener.counted()) == (413, REFUSED)


async def test_what_is_compressed_is_not_unpacked(listener: Listener, client: httpx.AsyncClient) -> None:
    headers = {"Content-Encoding": "gzip"}
    answer = await client.post(listener.webhook, content=gzip.compress(REPORT), headers=headers)

    assert (answer.status_code, listener.counted()) == (400, REFUSED)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param(signed(REPORT), 200, id="signed"),
        pytest.param({}, 404, id="unsigned"),
        pytest.param(signed(REPORT + b" "), 404, id="another body signed"),
        pytest.param(signed(REPORT, "guessed"), 404, id="signed by another one"),
        pytest.param({"X-Hmac-Signature": ""}, 404, id="an empty signature"),
        pytest.param({"X-Hmac-Signature": "ß"}, 404, id="an odd signature"),
    ],
)
async def test_where_a_key_is_known_a_body_is_signed(
    client: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    async with Listener().opened(hmac_key=KEY).listening() as listener:
        raw = {name.encode(): text.encode() for name, text in headers.items()}
        answer = await client.post(listener.webhook, content=REPORT, headers=raw)

    assert (answer.status_code, len(listener.inbox.take())) == (status, int(status == 200))


async def test_a_fleet_that_is_closed_is_as_unknown_as_any(
    listener: Listener, client: httpx.AsyncClient
) -> None:
    listener.receptions.close(Door.MDM, FLEET)
    closed = await client.post(listener.webhook, content=REPORT)
    never = await client.post(f"{listener.url}/webhook/a/b/{TOKEN}", content=REPORT)

    assert (closed.status_code, closed.text) == (never.status_code, never.text) == (404, "404: Not Found")


@pytest.fixture
def _everything_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level(logging.DEBUG):
        yield


@pytest.mark.usefixtures("_everything_is_logged")
class TestSecrets:
    """Neither the webhook's token nor a bootstrap token is ever seen."""

    async def test_a_bootstrap_token_is_nowhere(
        self, listener: Listener, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        secret = b"the-bootstrap-token-of-nia"
        good = escrowed(secret)
        for body in (good, good[:-5], good.replace(b'"Device"', b"7"), good.replace(b"PD94", b"!D94")):
            await client.post(listener.webhook, content=body)

        counted = listener.counted()
        [event] = waiting = listener.inbox.take()
        seen = f"{told(caplog)} {waiting!r} {generate_latest(listener.metrics.registry).decode()}"
        assert (event.escrowed, counted["", "refused"]) == (True, 3)
        assert "acme/macs: not a message of NanoHUB's webhook" in seen
        # In base64 it reads in one of three ways, by its place in the payload.
        ways = [base64.b64encode(b"x" * n + secret)[4 * (n > 0) : -4] for n in range(3)]
        assert not any(way.decode() in seen for way in (secret, *ways))

    @pytest.mark.parametrize(
        "request_line",
        [
            pytest.param(b"POST /webhook/acme/macs/token-of-acme HTTP/9.9", id="another HTTP"),
            pytest.param(b"POST /webhook/acme/macs/token-of-acme", id="half a line"),
            pytest.param(b"P\xc3\x9f /webhook/acme/macs/token-of-acme HTTP/1.1", id="an odd method"),
            pytest.param(b"POST http://[/webhook/acme/macs/token-of-acme HTTP/1.1", id="half an address"),
            pytest.param(b"POST /webhook/acme/macs/token-of-acme\xff HTTP/1.1", id="an odd path"),
            pytest.param(
                b"POST /webhook/acme/macs/token-of-acme HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz",
                id="no chunk",
            ),
        ],
    )
    async def test_what_is_hardly_http_is_answered_and_not_quoted(
        self, listener: Listener, caplog: pytest.LogCaptureFixture, request_line: bytes
    ) -> None:
        answer = await listener.say(request_line + b"\r\nHost: a\r\nConnection: close\r\n\r\n")

        assert answer.split()[1] in (b"400", b"404")
        assert TOKEN not in told(caplog)

    @pytest.mark.parametrize(
        "body",
        [
            pytest.param(b"Content-Length: 900\r\n\r\n{", id="half a body"),
            pytest.param(b"Transfer-Encoding: chunked\r\n\r\n5\r\n{", id="half a chunk"),
        ],
    )
    async def test_a_body_that_breaks_off_is_refused_quietly(
        self, listener: Listener, caplog: pytest.LogCaptureFixture, body: bytes
    ) -> None:
        line = b"POST /webhook/acme/macs/token-of-acme HTTP/1.1\r\nHost: a\r\n"
        await listener.say_and_hang_up(line + body)
        await eventually(lambda: listener.counted() == REFUSED)

        assert (listener.inbox.take(), TOKEN in told(caplog)) == ([], False)
        assert not [record for record in caplog.records if record.levelno > logging.DEBUG]

    async def test_a_token_is_not_in_what_describes_a_reception(self, listener: Listener) -> None:
        listener.opened(hmac_key=KEY)
        described = repr(listener.receptions.find(Door.MDM, FLEET, TOKEN))
        assert (TOKEN in described, KEY in described, "Reception" in described) == (False, False, True)


async def test_a_port_that_is_taken_is_said(listener: Listener) -> None:
    with pytest.raises(Rejected, match=f"cannot listen on 127.0.0.1:{listener.address.port}: "):
        async with Listener(address=listener.address).listening():
            pass


@pytest.mark.parametrize(
    ("listen", "pod", "address"),
    [
        pytest.param(Address("10.0.0.3", 8080), "10.0.0.9", "http://10.0.0.3:8080", id="one interface"),
        pytest.param(Address("pomona-0", 8080), "10.0.0.9", "http://pomona-0:8080", id="a name"),
        pytest.param(Address("::1", 8080), "", "http://[::1]:8080", id="IPv6"),
        pytest.param(Address("", 8080), "10.0.0.9", "http://10.0.0.9:8080", id="all, in a pod"),
        pytest.param(Address("0.0.0.0", 80), "fd00::9", "http://[fd00::9]:80", id="all of IPv4, in a pod"),
        pytest.param(Address("::", 80), "10.0.0.9", "http://10.0.0.9:80", id="all of IPv6, in a pod"),
    ],
)
async def test_others_are_told_an_address_that_reaches_us(listen: Address, pod: str, address: str) -> None:
    assert await advertised(listen, pod) == address


async def test_outside_of_a_pod_others_are_told_the_machine_s_address() -> None:
    assert (await advertised(Address("", 8080), "")).removeprefix("http://").endswith(":8080")

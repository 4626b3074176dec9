"""Notifications on their way to a real receiver."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from controller import crds
from controller.adapters.notify import MESSAGES, WebhookMessenger, connect
from controller.adapters.notify.messenger import PATIENCE
from controller.domain.news import Item
from controller.domain.news_reasons import Severity
from controller.objects import Notification
from controller.ports import Rejected, Unavailable
from tests.lab.pki import Authority
from tests.lab.processes import free_port
from tests.lab.receiver import Receiver

AT = datetime(2025, 8, 25, 12, 30, tzinfo=UTC)
COMMIT = "main@sha1:9f2c0123456789"


def a_notification(message: str = "2 of 3 devices", **fields: Any) -> Notification:
    known: dict[str, Any] = {"commit": COMMIT} | fields
    item = Item("Brake", Severity.WARNING, "Fleet", "macs", message)
    return Notification("acme", "macs", item, at=AT, **known)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@asynccontextmanager
async def connected(type_: str, patience: float = PATIENCE, **secret: str) -> AsyncIterator[WebhookMessenger]:
    entries = {key.replace("_", "."): value for key, value in secret.items()}
    made = connect(type_, "pager", entries, patience)
    try:
        yield made
    finally:
        await made.close()


async def sent(receiver: Receiver, type_: str, notification: Notification, **secret: str) -> Any:
    async with connected(type_, PATIENCE, url=receiver.url, **secret) as made:
        await made.deliver(notification)
    [received] = receiver.received
    assert received.headers["Content-Type"] == "application/json"
    return json.loads(received.body)


async def test_generic(receiver: Receiver) -> None:
    assert await sent(receiver, "generic", a_notification()) == {
        "reason": "Brake",
        "severity": "warning",
        "fleet": "macs",
        "namespace": "acme",
        "message": "2 of 3 devices",
        "commit": COMMIT,
        "at": "2025-08-25T12:30:00Z",
    }
    assert not {"X-Signature", "Authorization"} & receiver.received[0].headers.keys()


async def test_generic_is_signed_as_it_is_sent(receiver: Receiver) -> None:
    await sent(receiver, "generic", a_notification("Gerät"), hmacKey="a key", token="a token")
    [received] = receiver.received
    signature = hmac.new(b"a key", received.body, hashlib.sha256).hexdigest()
    assert received.headers["X-Signature"] == f"sha256={signature}"
    assert received.headers["Authorization"] == "Bearer a token"
    assert "Gerät".encode() in received.body


async def test_slack(receiver: Receiver) -> None:
    body = await sent(
        receiver, "slack", a_notification("<!channel> & all"), token="of another type", hmacKey="x"
    )
    text = ":warning: *Brake* in fleet acme/macs at main@sha1:9f2c012\n&lt;!channel&gt; &amp; all"
    assert body == {"text": text}
    assert not {"X-Signature", "Authorization"} & receiver.received[0].headers.keys()


async def test_teams(receiver: Receiver) -> None:
    body = await sent(receiver, "msteams", a_notification("[a link](https://evil.example)", commit=""))
    [attachment] = body["attachments"]
    assert (body["type"], attachment["contentType"]) == ("message", "application/vnd.microsoft.card.adaptive")
    card = attachment["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    runs = [run for block in card["body"] for run in block["inlines"]]
    assert {run["type"] for run in runs} == {"TextRun"}
    assert [run["text"] for run in runs] == ["Brake", "fleet acme/macs", "[a link](https://evil.example)"]
    assert len(receiver.received[0].body) < 28_000


@pytest.mark.parametrize("type_", MESSAGES)
async def test_one_that_stands_for_many_says_how_many(receiver: Receiver, type_: str) -> None:
    found = await sent(receiver, type_, a_notification(more={"GateOpened": 2, "DevicesFailed": 1}))
    assert "2 of 3 devices; and 3 more: DevicesFailed 1, GateOpened 2" in json.dumps(found)


def test_the_types_are_those_of_the_crd() -> None:
    spec = crds.schema_of("Fleet")["properties"]["spec"]["properties"]
    assert spec["notify"]["items"]["properties"]["type"]["enum"] == list(MESSAGES)


@pytest.mark.parametrize(
    ("status", "headers", "error", "wait"),
    [
        pytest.param(429, {"Retry-After": "7"}, Unavailable, 7, id="too many, with a number"),
        pytest.param(429, {}, Unavailable, 0, id="too many"),
        pytest.param(503, {"Retry-After": "soon"}, Unavailable, 0, id="nonsense"),
        pytest.param(500, {}, Unavailable, 0, id="it fails"),
        pytest.param(404, {}, Rejected, 0, id="no such webhook"),
        pytest.param(403, {}, Rejected, 0, id="forbidden"),
        pytest.param(302, {"Location": "http://127.0.0.1:1/"}, Rejected, 0, id="a redirect is not followed"),
    ],
)
async def test_what_a_refusal_means(
    receiver: Receiver, status: int, headers: Mapping[str, str], error: type[Exception], wait: float
) -> None:
    receiver.status, receiver.headers, receiver.said = status, headers, b"no_team\n" + b"x" * 10_000
    async with connected("slack", url=receiver.url) as made:
        with pytest.raises(error, match=rf"^it answered {status}: no_team x+$") as caught:
            await made.deliver(a_notification())
    assert len(receiver.received) == 1
    assert getattr(caught.value, "wait", 0) == wait
    assert len(str(caught.value)) < 250
    assert "SECRET" not in str(caught.value)


async def test_a_date_to_come_back_at_is_heeded(receiver: Receiver) -> None:
    later = datetime.now(UTC) + timedelta(minutes=10)
    receiver.status, receiver.headers = 429, {"Retry-After": format_datetime(later, usegmt=True)}
    async with connected("slack", url=receiver.url) as made:
        with pytest.raises(Unavailable) as caught:
            await made.deliver(a_notification())
    assert 500 < caught.value.wait <= 600


async def test_one_that_hangs_is_given_up(receiver: Receiver) -> None:
    receiver.hangs = True
    async with connected("generic", 0.2, url=receiver.url) as made:
        with pytest.raises(Unavailable, match="it does not answer: TimeoutError"):
            await made.deliver(a_notification())


async def test_nobody_there() -> None:
    async with connected("generic", url=f"http://127.0.0.1:{free_port()}/hook") as made:
        with pytest.raises(Unavailable, match="it does not answer"):
            await made.deliver(a_notification())


async def test_tls_by_the_authority_of_the_secret_and_no_other(tmp_path: Path) -> None:
    authority = Authority()
    with Receiver(tmp_path, authority) as receiver:
        async with connected("generic", url=receiver.url, ca_crt=authority.pem) as made:
            await made.deliver(a_notification())
        async with connected("generic", url=receiver.url) as made:
            with pytest.raises(Unavailable, match="certificate verify failed"):
                await made.deliver(a_notification())
        assert len(receiver.received) == 1


@pytest.mark.parametrize(
    ("secret", "message"),
    [
        pytest.param({}, "Secret pager: the entry url is missing; expected an https URL", id="no url"),
        pytest.param({"url": "http://pager.example/x"}, "the entry url is another; expected", id="http"),
        pytest.param({"url": "ftp://pager.example/x"}, "expected an https URL", id="ftp"),
        pytest.param({"url": "https:///x"}, "expected an https URL", id="nobody"),
        pytest.param({"url": "http://127.0.0.1.evil.example/"}, "expected an https URL", id="like loopback"),
        pytest.param({"url": "http://[::1/"}, "expected an https URL", id="broken"),
        pytest.param(
            {"url": "https://a.example", "ca.crt": "nonsense"}, "expected certificates as PEM", id="ca"
        ),
    ],
)
def test_a_secret_that_lacks_something_says_so(secret: Mapping[str, str], message: str) -> None:
    with pytest.raises(Rejected, match=message) as caught:
        connect("generic", "pager", secret)
    assert "example" not in str(caught.value)

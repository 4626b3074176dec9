"""Pushes over HTTP: who is let in by which signature, and what is passed on."""

import hashlib
import hmac
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from controller.receptions import Door, PushReception
from controller.webhook import LARGEST
from tests.flows.listeners import FLEET, TOKEN, Listener, OneLease
from tests.flows.test_webhook import REFUSED, told

BODY = b'{"ref": "refs/heads/main"}'
DIGEST = hmac.new(TOKEN.encode(), BODY, hashlib.sha256).hexdigest()
GUESSED = hmac.new(b"guessed", BODY, hashlib.sha256).hexdigest()


@dataclass
class Bell:
    rung: int = 0

    def ring(self) -> None:
        self.rung += 1


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
async def listener(bell: Bell) -> AsyncIterator[Listener]:
    listener = Listener()
    listener.receptions.open(Door.PUSH, FLEET, PushReception(TOKEN, bell.ring))
    async with listener.listening():
        yield listener


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as client:
        yield client


LET_IN = [
    pytest.param({}, id="the token alone"),
    pytest.param({"X-Hub-Signature-256": f"sha256={DIGEST}"}, id="GitHub"),
    pytest.param({"X-Gitea-Signature": DIGEST, "X-Hub-Signature-256": f"sha256={DIGEST}"}, id="Gitea"),
    pytest.param({"X-Gitea-Signature": "", "X-Hub-Signature-256": "sha256="}, id="Gitea without a secret"),
    pytest.param({"X-Signature": f"sha256={DIGEST}"}, id="any other"),
    pytest.param({"X-Gitlab-Token": TOKEN}, id="GitLab"),
]


@pytest.mark.parametrize("headers", LET_IN)
async def test_a_push_rings(
    listener: Listener, client: httpx.AsyncClient, bell: Bell, headers: dict[str, str]
) -> None:
    answer = await client.post(f"{listener.url}/git/{FLEET}/{TOKEN}", content=BODY, headers=headers)

    assert (answer.status_code, bell.rung) == (200, 1)
    assert listener.counted() == {(FLEET, "push"): 1}


@pytest.mark.parametrize("headers", LET_IN)
async def test_one_that_stands_by_passes_it_on(
    listener: Listener, client: httpx.AsyncClient, bell: Bell, headers: dict[str, str]
) -> None:
    async with Listener(OneLease(here=False, elsewhere=listener.url)).listening() as standby:
        url = f"{standby.url}/git/{FLEET}"
        answer = await client.post(f"{url}/{TOKEN}", content=BODY, headers=headers)
        wrong = await client.post(f"{url}/{TOKEN}", content=BODY, headers={"X-Gitlab-Token": "guessed"})

    assert (answer.status_code, wrong.status_code, bell.rung, standby.counted()) == (200, 404, 1, {})


@pytest.mark.parametrize("body", [b"", b"no JSON", b"payload=%7B%7D", b"\xff" * LARGEST])
async def test_what_the_body_says_does_not_matter(
    listener: Listener, client: httpx.AsyncClient, bell: Bell, body: bytes
) -> None:
    answer = await client.post(f"{listener.url}/git/{FLEET}/{TOKEN}", content=body)
    assert (answer.status_code, bell.rung) == (200, 1)


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        pytest.param(f"git/{FLEET}/guessed", {}, 404, id="another token"),
        pytest.param(f"git/{FLEET}/guessed", {"X-Gitlab-Token": TOKEN}, 404, id="only signed"),
        pytest.param(f"git/acme/other/{TOKEN}", {}, 404, id="another fleet"),
        pytest.param(f"webhook/{FLEET}/{TOKEN}", {}, 404, id="another door"),
        pytest.param(f"push/{FLEET}/{TOKEN}", {}, 404, id="no door"),
        pytest.param(f"git/{FLEET}/{TOKEN}", {"X-Hub-Signature-256": f"sha256={GUESSED}"}, 404, id="GitHub"),
        pytest.param(f"git/{FLEET}/{TOKEN}", {"X-Hub-Signature-256": DIGEST}, 404, id="no sha256="),
        pytest.param(f"git/{FLEET}/{TOKEN}", {"X-Gitea-Signature": GUESSED}, 404, id="Gitea"),
        pytest.param(f"git/{FLEET}/{TOKEN}", {"X-Signature": f"sha256={GUESSED}"}, 404, id="any other"),
        pytest.param(f"git/{FLEET}/{TOKEN}", {"X-Signature": "sha256=\u00df"}, 404, id="an odd one"),
        pytest.param(f"git/{FLEET}/{TOKEN}", {"X-Gitlab-Token": "guessed"}, 404, id="GitLab"),
        pytest.param(
            f"git/{FLEET}/{TOKEN}",
            {"X-Gitlab-Token": TOKEN, "X-Signature": f"sha256={GUESSED}"},
            404,
            id="one of two is wrong",
        ),
    ],
)
async def test_what_is_not_let_in_leaves_nothing_but_a_count(
    listener: Listener,
    client: httpx.AsyncClient,
    bell: Bell,
    path: str,
    headers: dict[str, str],
    status: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    raw = {name.encode(): text.encode() for name, text in headers.items()}
    with caplog.at_level(logging.DEBUG):
        answer = await client.post(f"{listener.url}/{path}", content=BODY, headers=raw)

    assert (answer.status_code, bell.rung, listener.counted()) == (status, 0, REFUSED)
    assert TOKEN not in told(caplog) + answer.text


async def test_one_that_is_too_large_is_refused(
    listener: Listener, client: httpx.AsyncClient, bell: Bell
) -> None:
    answer = await client.post(f"{listener.url}/git/{FLEET}/{TOKEN}", content=b" " * (LARGEST + 1))
    assert (answer.status_code, bell.rung) == (413, 0)


async def test_a_get_is_as_unknown_as_a_wrong_token(listener: Listener, client: httpx.AsyncClient) -> None:
    assert (await client.get(f"{listener.url}/git/{FLEET}/{TOKEN}")).status_code == 404


def test_a_token_is_not_in_what_describes_it(bell: Bell) -> None:
    assert TOKEN not in repr(PushReception(TOKEN, bell.ring))

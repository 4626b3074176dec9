"""What the server's answers mean, and what we write."""

import json
from contextlib import suppress
from datetime import UTC, datetime

import httpx
import pytest

from controller.adapters.nanohub import connect
from controller.adapters.nanohub.classes import Names, from_payload, to_payload
from controller.adapters.nanohub.client import Client, OnRequest
from controller.adapters.nanohub.mdm import NanoHub
from controller.adapters.nanohub.reading import parse_report
from controller.domain.declarations import Declaration
from controller.domain.status_items import ITEMS
from controller.domain.versions import Version
from controller.ports import Rejected, Unauthorized, Unavailable
from tests.lab.fake_clock import FakeClock

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)

FULL = Declaration(Version.parse("26.1"), datetime(2026, 12, 1, 12), "25B78", "https://acme.example/é")
BARE = Declaration(Version.parse("26.0"), datetime(2026, 12, 1, 12))


def mdm_that_says(
    answer: httpx.Response | Exception,
    on_request: OnRequest = lambda _code, _seconds: None,
    takes: float = 0.0,
) -> NanoHub:
    time = FakeClock()

    def say(_: httpx.Request) -> httpx.Response:
        time.seconds += takes
        if isinstance(answer, Exception):
            raise answer
        return answer

    http = httpx.AsyncClient(transport=httpx.MockTransport(say), base_url="http://mdm.test/api/v1")
    return NanoHub(Client(http, on_request, time.clock()), "acme/mac", lambda: NOW)


@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        pytest.param(
            httpx.Response(401, text="Unauthorized\n"),
            Unauthorized,
            "the MDM answered 401 to GET /ddm/declarations: Unauthorized; "
            "expected its API key in the Secret's entry apiKey",
            id="key",
        ),
        pytest.param(
            httpx.Response(404, text="404 page not found"),
            Rejected,
            "the MDM answered 404 to GET /ddm/declarations: 404 page not found",
            id="no API",
        ),
        pytest.param(
            httpx.Response(301, text="Moved"),
            Rejected,
            "the MDM answered 301 to GET /ddm/declarations: Moved; "
            "expected 200, 204 or 304 from NanoHUB's API",
            id="redirect",
        ),
        pytest.param(
            httpx.Response(500, json={"error": "x" * 300}),
            Unavailable,
            f'the MDM answered 500 to GET /ddm/declarations: {{"error":"{"x" * 190}',
            id="storage",
        ),
        pytest.param(
            httpx.Response(200, text="<html>"),
            Unavailable,
            "the MDM answered 200 to /api/v1/ddm/declarations: <html>; expected JSON",
            id="portal",
        ),
        pytest.param(
            httpx.Response(200, json={"a": 1}),
            Unavailable,
            "the MDM answered {'a': 1} to GET /ddm/declarations; expected a list",
            id="other JSON",
        ),
        pytest.param(
            httpx.ConnectError("refused"), Unavailable, "the MDM does not answer: refused", id="down"
        ),
        pytest.param(httpx.ReadTimeout(""), Unavailable, "the MDM does not answer: ReadTimeout", id="silent"),
    ],
)
async def test_says_what_was_found_and_expected(
    answer: httpx.Response | Exception, error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as caught:
        await mdm_that_says(answer).promises([])

    assert type(caught.value) is error or error is Rejected
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        pytest.param({"Retry-After": "120"}, 120, id="seconds"),
        pytest.param({"Retry-After": "86400"}, 3600, id="a day"),
        pytest.param({"Retry-After": "Tue, 24 Nov 2026 09:05:00 GMT"}, 300, id="a date"),
        pytest.param(
            {"Retry-After": "Tue, 24 Nov 2026 10:05:00 -0000", "Date": "Tue, 24 Nov 2026 10:04:00 GMT"},
            60,
            id="a date by a clock that is fast",
        ),
        pytest.param({"Retry-After": "Tue, 24 Nov 2020 09:05:00 GMT"}, 0, id="a date that is over"),
        pytest.param({"Retry-After": "tomorrow"}, 0, id="nonsense"),
        pytest.param({}, 0, id="nothing"),
    ],
)
@pytest.mark.parametrize("code", [429, 503])
async def test_stays_away_as_long_as_it_is_asked_to(code: int, headers: dict[str, str], wait: float) -> None:
    throttled = httpx.Response(code, headers=headers)

    with pytest.raises(Unavailable) as caught:
        await mdm_that_says(throttled).promises([])

    assert caught.value.wait == pytest.approx(wait)
    assert caught.value.throttled == (code == 429 or bool(headers))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(httpx.Response(200, text="null"), [(200, 2.0)] * 3, id="answered"),
        pytest.param(httpx.Response(500), [(500, 2.0)], id="failed"),
        pytest.param(httpx.ConnectError("refused"), [(0, 2.0)], id="no answer"),
    ],
)
async def test_every_request_is_counted(
    answer: httpx.Response | Exception, expected: list[tuple[int, float]]
) -> None:
    requests: list[tuple[int, float]] = []
    mdm = mdm_that_says(answer, lambda code, seconds: requests.append((code, seconds)), takes=2.0)

    with suppress(Unavailable):
        await mdm.promises(["a", "b"])

    assert requests == expected


async def test_that_there_is_no_report_is_counted_as_no_error() -> None:
    codes: list[int] = []
    mdm = mdm_that_says(httpx.Response(500, text="key not found"), lambda code, _: codes.append(code))

    await mdm.reports("a", "")

    assert codes == [404]


async def test_an_answer_that_is_no_report_is_no_report() -> None:
    with pytest.raises(Unavailable, match="<html>; expected the header X-Status-Report-Id"):
        await mdm_that_says(httpx.Response(200, text="<html>")).reports("a", "")


def test_a_report_without_a_date_was_received_now() -> None:
    answer = httpx.Response(200, json={}, headers={"X-Status-Report-Id": "1"})

    assert parse_report(answer, lambda: NOW).received == NOW


def test_a_bad_authority_is_named() -> None:
    with pytest.raises(Rejected, match=r"the MDM's ca.crt: .*; expected certificates as PEM"):
        connect(
            "https://mdm.acme.example", "secret", "no certificate", "acme/mac", lambda _code, _seconds: None
        )


def test_a_bad_address_is_named() -> None:
    with pytest.raises(Rejected, match=r"expected such as https://mdm.acme.example"):
        connect("https://mdm.acme.example:port", "secret", "", "acme/mac", lambda _code, _seconds: None)


@pytest.mark.parametrize("declaration", [FULL, BARE], ids=["full", "bare"])
def test_reads_what_it_wrote(declaration: Declaration) -> None:
    bundle = Names.of("acme/mac").enforcement(declaration)

    written = [json.loads(document) for document in bundle.documents()]

    assert from_payload(written[0]["Payload"]) == declaration
    assert written[1]["Payload"] == {"StandardConfigurations": [bundle.configuration]}
    assert [document["Identifier"] for document in written] == [bundle.configuration, bundle.activation]


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param({}, id="empty"),
        pytest.param({**to_payload(BARE), "TargetOSVersion": 26}, id="number"),
        pytest.param({**to_payload(BARE), "TargetLocalDateTime": "soon"}, id="no date"),
        pytest.param({**to_payload(BARE), "TargetLocalDateTime": "2026-12-01T12:00:00Z"}, id="zone"),
        pytest.param({**to_payload(BARE), "More": 1}, id="more"),
    ],
)
def test_reads_nothing_else(payload: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        from_payload(payload)


def test_names_have_no_dot_and_one_length() -> None:
    names = Names.of("acme/mac")
    bundles = (names.enforcement(FULL), names.enforcement(BARE), names.subscription(ITEMS))
    said = [name for b in bundles for name in (b.set, b.configuration, b.activation)]

    assert len(set(said)) == 9
    assert {len(name) for name in said} == {33}
    assert not any("." in name for name in said)
    assert [names.set_of(name) for b in bundles for name in (b.set, b.configuration, b.activation)] == [
        b.set for b in bundles for _ in range(3)
    ]


@pytest.mark.parametrize("name", ["acme", "pomona-", "{}e", "{}x0123456789ab", "{}e0123456789ab.sub"])
def test_nothing_else_is_ours(name: str) -> None:
    names = Names.of("acme/mac")

    assert names.set_of(name.format(names.prefix)) == ""

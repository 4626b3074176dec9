"""What NanoHUB's webhook says, in our words; and what must never leave the parser."""

import json
import plistlib
import traceback
from base64 import b64encode
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.adapters.nanohub.webhook import TOPICS, parse_event
from controller.domain.enrollments import Event, Topic
from controller.objects import Heard
from tests.lab.webhooks import (
    ENROLLMENT,
    authenticated,
    checked_in,
    connected,
    declared,
    escrowed,
    message,
)

NOW = datetime(2026, 11, 23, 16, 33, tzinfo=UTC)
AT = datetime(2026, 11, 23, 16, 32, 52, 568207, tzinfo=UTC)

MAC = {"SerialNumber": "C02XK1ABCD", "OSVersion": "15.1", "BuildVersion": "24B83", "DeviceName": "Nia's Mac"}


def an_event(topic: Topic, **known: Any) -> Event:
    return Event(topic, ENROLLMENT, AT, **known)


@pytest.mark.parametrize(
    ("body", "counted", "event"),
    [
        pytest.param(
            authenticated(ProductName="Mac14,2", Model="MLY33LL/A", **MAC),
            "mdm.Authenticate",
            an_event(Topic.AUTHENTICATE, serial="C02XK1ABCD", product="Mac14,2", version="15.1"),
            id="enrolls",
        ),
        pytest.param(
            authenticated(Model="MacBookPro18,3"),
            "mdm.Authenticate",
            an_event(Topic.AUTHENTICATE, product="MacBookPro18,3"),
            id="enrolls, and says little",
        ),
        pytest.param(
            authenticated(of_type="User Enrollment (Device)"),
            "mdm.Authenticate",
            an_event(Topic.AUTHENTICATE, user=True),
            id="a user enrolls their own",
        ),
        pytest.param(
            authenticated(SerialNumber="C" * 65),
            "mdm.Authenticate",
            an_event(Topic.AUTHENTICATE),
            id="no serial number is that long",
        ),
        pytest.param(
            checked_in("TokenUpdate", tally=1, Token=b"t", PushMagic="m"),
            "mdm.TokenUpdate",
            an_event(Topic.TOKEN_UPDATE, pushable=True),
            id="can be pushed to",
        ),
        pytest.param(
            checked_in("TokenUpdate", tally=2), "mdm.TokenUpdate", an_event(Topic.TOKEN_UPDATE), id="still"
        ),
        pytest.param(
            checked_in("TokenUpdate"), "mdm.TokenUpdate", an_event(Topic.TOKEN_UPDATE), id="uncounted"
        ),
        pytest.param(checked_in("CheckOut"), "mdm.CheckOut", an_event(Topic.CHECK_OUT), id="leaves"),
        pytest.param(
            escrowed(b"secret"),
            "mdm.SetBootstrapToken",
            an_event(Topic.SET_BOOTSTRAP_TOKEN, escrowed=True),
            id="escrows",
        ),
        pytest.param(
            escrowed(b""), "mdm.SetBootstrapToken", an_event(Topic.SET_BOOTSTRAP_TOKEN), id="takes it back"
        ),
        pytest.param(
            checked_in("SetBootstrapToken"),
            "mdm.SetBootstrapToken",
            an_event(Topic.SET_BOOTSTRAP_TOKEN),
            id="takes it back by saying nothing",
        ),
        pytest.param(
            declared("status", Data=b'{"StatusItems":{}}'),
            "mdm.DeclarativeManagement",
            an_event(Topic.STATUS),
            id="reports",
        ),
        pytest.param(
            declared("tokens"), "mdm.DeclarativeManagement", an_event(Topic.OTHER), id="asks for tokens"
        ),
        pytest.param(
            declared("declaration/configuration/status"),
            "mdm.DeclarativeManagement",
            an_event(Topic.OTHER),
            id="asks for a declaration",
        ),
        pytest.param(connected(), "mdm.Connect", an_event(Topic.OTHER), id="asks for a command"),
        pytest.param(checked_in("GetToken"), "mdm.GetToken", an_event(Topic.OTHER), id="of no concern to us"),
        pytest.param(
            checked_in("SetRecoveryLock"), "other", an_event(Topic.OTHER), id="a device's, but unknown"
        ),
        pytest.param(message("idp.Login", user="nia"), "other", None, id="unknown altogether"),
        pytest.param(message("mdm.Connect", acknowledge_event={}), "mdm.Connect", None, id="nobody's"),
        *(
            pytest.param(
                checked_in("TokenUpdate", tally=1, of_type=of_type), "mdm.TokenUpdate", None, id=of_type
            )
            for of_type in ("User", "User Enrollment", "Shared iPad", "Teapot")
        ),
        *(
            pytest.param(checked_in("CheckOut", enrollment), "mdm.CheckOut", None, id=f"no Device: {reason}")
            for reason, enrollment in {
                "a user of one": f"{ENROLLMENT}:501",
                "too long": "A" * 65,
                "nothing": "",
                "of two lines": "A\nB",
            }.items()
        ),
    ],
)
def test_says_what_happened_to_whom(body: bytes, counted: str, event: Event | None) -> None:
    assert parse_event(body, NOW) == Heard(counted, event)


def test_the_channel_of_a_user_has_a_parent() -> None:
    ids = {"id": ENROLLMENT, "type": "Device", "parent_id": "A"}
    assert parse_event(message("mdm.CheckOut", checkin_event={"ids": ids}), NOW).event is None


@pytest.mark.parametrize("name", sorted(TOPICS))
def test_every_topic_of_nanomdm_is_counted_by_its_name(name: str) -> None:
    assert parse_event(checked_in(name.removeprefix("mdm.")), NOW).topic == name


@pytest.mark.parametrize(
    ("at", "moment"),
    [
        pytest.param("2026-11-23T16:32:52Z", AT.replace(microsecond=0), id="whole seconds"),
        pytest.param("2026-11-23T16:32:52.568207367Z", AT, id="nanoseconds"),
        pytest.param("2026-11-23T18:32:52.568207367+02:00", AT, id="another zone"),
        pytest.param("0001-01-01T00:00:00Z", NOW, id="no time, as Go has it"),
        pytest.param(None, NOW, id="absent"),
    ],
)
def test_an_event_happened_when_the_mdm_says_else_now(at: str | None, moment: datetime) -> None:
    document = json.loads(checked_in("CheckOut"))
    body = json.dumps({**document, "created_at": at}).encode()

    heard = parse_event(body, NOW)

    assert heard.event
    assert (heard.event.at, heard.event.at.utcoffset()) == (moment, UTC.utcoffset(None))


TOKEN = b"the-bootstrap-token-of-nia"
TRACES = (TOKEN.decode(), b64encode(TOKEN).decode(), repr(TOKEN))

_IN_XML = plistlib.dumps({"BootstrapToken": TOKEN})
_IN_BINARY = plistlib.dumps({"BootstrapToken": TOKEN}, fmt=plistlib.FMT_BINARY)


def with_payload(payload: bytes | str, at: str = "2026-11-23T16:32:52Z") -> bytes:
    raw = b64encode(payload).decode() if isinstance(payload, bytes) else payload
    event = {"ids": {"id": ENROLLMENT, "type": "Device"}, "raw_payload": raw}
    return message("mdm.SetBootstrapToken", checkin_event=event, at=at)


@pytest.mark.parametrize("payload", [_IN_XML, _IN_BINARY], ids=["XML", "binary"])
def test_a_bootstrap_token_is_never_in_what_is_heard(payload: bytes) -> None:
    heard = parse_event(with_payload(payload), NOW)

    assert heard.event
    assert heard.event.escrowed
    assert not any(trace in repr(heard) for trace in TRACES)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"BootstrapToken=" + TOKEN, id="no JSON"),
        pytest.param(b"[1]", id="a list"),
        pytest.param(b"\xff" + TOKEN, id="no UTF-8"),
        pytest.param(b'{"topic": "' + TOKEN + b"\xff", id="no UTF-8 inside"),
        pytest.param(b'{"a":' + b"[" * 100_000, id="deep"),
        pytest.param(json.dumps({"topic": {TRACES[0]: 1}}).encode(), id="a topic that is no text"),
        pytest.param(json.dumps({"created_at": "2026-11-23T16:32:52Z"}).encode(), id="no topic"),
        pytest.param(message("mdm.SetBootstrapToken"), id="no event"),
        pytest.param(with_payload(_IN_XML, at=TRACES[0]), id="no time"),
        pytest.param(with_payload(_IN_XML, at="2026-11-23T16:32:52"), id="a time without a zone"),
        pytest.param(with_payload(_IN_XML, at="9999-12-31T23:59:59-01:00"), id="a time after all time"),
        pytest.param(with_payload(TRACES[0] + "!"), id="no base64"),
        pytest.param(with_payload(TOKEN), id="no plist"),
        pytest.param(with_payload(plistlib.dumps([TOKEN])), id="a plist without keys"),
        pytest.param(with_payload(_IN_XML[:-10]), id="half a plist"),
        pytest.param(with_payload(_IN_BINARY[:-10]), id="half a binary plist"),
        pytest.param(with_payload(_IN_XML.replace(b"</key>", b"</kay>")), id="a plist with a slip"),
        pytest.param(
            with_payload(b"<plist><dict><key>a</key><date>%s</date></dict></plist>" % TOKEN), id="no date"
        ),
        pytest.param(
            with_payload(b"<plist><dict><key>a</key><integer>%s</integer></dict></plist>" % TOKEN),
            id="no number",
        ),
        pytest.param(with_payload(b"<plist><dict><string>a</string></dict></plist>"), id="no key"),
    ],
)
def test_what_is_of_another_form_is_told_in_one_line_that_quotes_nothing(body: bytes) -> None:
    with pytest.raises(ValueError, match="webhook") as caught:
        parse_event(body, NOW)

    told = "".join(traceback.format_exception(caught.value))
    assert len(str(caught.value).splitlines()) == 1
    assert not any(trace in told for trace in TRACES)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


@pytest.mark.parametrize("payload", [_IN_XML, _IN_BINARY], ids=["XML", "binary"])
@given(data=st.data())
def test_nothing_but_value_error_comes_of_any_payload(payload: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(payload)))
    inserted = data.draw(st.binary(max_size=9))
    damaged = payload[:place] + inserted + payload[place + data.draw(st.integers(0, 9)) :]

    with suppress(ValueError):
        assert parse_event(with_payload(damaged), NOW).event

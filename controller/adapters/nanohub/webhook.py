"""NanoHUB's webhook: its JSON, and Apple's check-in messages inside of it, in our words.

A bootstrap token comes along here. Whether there is one is all that leaves this module.
"""

import plistlib
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any
from xml.parsers.expat import ExpatError

import msgspec

from controller.domain.enrollments import Event, Topic
from controller.objects import Heard

#: NanoMDM's names for what happens; each message is counted as one of them, or as `other`.
TOPICS = frozenset(
    f"mdm.{name}"
    for name in (
        "Authenticate",
        "TokenUpdate",
        "CheckOut",
        "UserAuthenticate",
        "SetBootstrapToken",
        "GetBootstrapToken",
        "DeclarativeManagement",
        "GetToken",
        "Connect",
    )
)

#: The types of an enrollment that are a device, and whether it is a User Enrollment; the others are users.
_DEVICES = {"Device": False, "User Enrollment (Device)": True}

#: What can be the enrollment of a Device.
_ENROLLMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

#: Longer than any serial number, model or version.
_LONGEST = 64

#: What the parsers raise for what has not their form.
_MALFORMED = (
    msgspec.DecodeError,
    ValueError,
    ExpatError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)


class _Ids(msgspec.Struct):
    id: str
    type: str = ""
    parent_id: str | None = None


class _Content(msgspec.Struct):
    """The payload stays what it is on the wire, out of sight, until something in it is asked for."""

    ids: _Ids | None = None
    token_update_tally: int | None = None
    raw_payload: msgspec.Raw = msgspec.Raw()


class _Message(msgspec.Struct):
    topic: str
    created_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    checkin_event: _Content | None = None
    acknowledge_event: _Content | None = None


_DECODER = msgspec.json.Decoder(_Message)


def parse_event(body: bytes, now: datetime) -> Heard:
    """What a body says that came at the moment *now*; it happened then, if the body does not say when.

    ValueError, which quotes nothing, for what NanoHUB does not send.
    """
    message = _decoded(body)
    topic = message.topic if message.topic in TOPICS else "other"
    content = message.checkin_event or message.acknowledge_event
    if content is None and topic != "other":
        raise ValueError("a message of NanoHUB's webhook without its event")
    if content is None or content.ids is None or not _is_device(content.ids):
        return Heard(topic, None)
    user = _DEVICES[content.ids.type]
    event = Event(Topic.OTHER, content.ids.id, _moment(message.created_at, now), user=user)
    return Heard(topic, _read(topic, content, event))


def _is_device(ids: _Ids) -> bool:
    return ids.type in _DEVICES and not ids.parent_id and _ENROLLMENT.fullmatch(ids.id) is not None


def _moment(created: datetime | None, now: datetime) -> datetime:
    """In UTC; Go writes the year 1 where it has no time."""
    if created is None or created.year == 1:
        return now
    with suppress(OverflowError):
        return created.astimezone(UTC)
    raise ValueError("a message of NanoHUB's webhook from the end of time")


def _read(topic: str, content: _Content, event: Event) -> Event:
    """The event with what this topic says beyond that something happened."""
    match topic:
        case "mdm.Authenticate":
            return _authenticated(event, _payload(content))
        case "mdm.TokenUpdate":
            return replace(event, topic=Topic.TOKEN_UPDATE, pushable=content.token_update_tally == 1)
        case "mdm.CheckOut":
            return replace(event, topic=Topic.CHECK_OUT)
        case "mdm.SetBootstrapToken":
            return replace(event, topic=Topic.SET_BOOTSTRAP_TOKEN, escrowed=_escrows(_payload(content)))
        case "mdm.DeclarativeManagement" if _payload(content).get("Endpoint") == "status":
            return replace(event, topic=Topic.STATUS)
    return event


def _authenticated(event: Event, payload: Mapping[str, Any]) -> Event:
    return replace(
        event,
        topic=Topic.AUTHENTICATE,
        serial=_text(payload, "SerialNumber"),
        product=_text(payload, "ProductName") or _text(payload, "Model"),
        version=_text(payload, "OSVersion"),
    )


def _escrows(payload: Mapping[str, Any]) -> bool:
    """Is there a token, and not the empty one that removes it?"""
    token = payload.get("BootstrapToken")
    return isinstance(token, bytes) and len(token) > 0


def _text(payload: Mapping[str, Any], key: str) -> str:
    found = payload.get(key)
    return found if isinstance(found, str) and len(found) <= _LONGEST else ""


def _decoded(body: bytes) -> _Message:
    # Raised outside of the `except`: what the parser says would come along, and may quote the body.
    with suppress(*_MALFORMED):
        return _DECODER.decode(body)
    raise ValueError("not a message of NanoHUB's webhook")


def _payload(content: _Content) -> Mapping[str, Any]:
    """The check-in message that the device sent."""
    with suppress(*_MALFORMED):
        found = plistlib.loads(msgspec.json.decode(content.raw_payload, type=bytes))
        if isinstance(found, dict):
            return found
    raise ValueError("a message of NanoHUB's webhook whose payload is not a property list with keys")

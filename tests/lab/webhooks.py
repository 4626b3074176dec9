"""What NanoHUB posts to its webhook, byte for byte of the same form."""

import json
import plistlib
from base64 import b64encode
from typing import Any

ENROLLMENT = "00008112-000A1234ABCD001E"

#: As Go writes a time.
AT = "2026-11-23T16:32:52.568207367Z"

TOPIC = "com.apple.mgmt.External.lab"


def checked_in(
    message_type: str,
    enrollment: str = ENROLLMENT,
    *,
    of_type: str = "Device",
    tally: int | None = None,
    at: str = AT,
    **content: Any,
) -> bytes:
    """A device's check-in; *content* is what its message holds, *tally* how many TokenUpdates there were."""
    payload = plistlib.dumps({"MessageType": message_type, "UDID": enrollment, **content})
    event: dict[str, Any] = {
        "udid": enrollment,
        "ids": {"id": enrollment, "type": of_type},
        "raw_payload": b64encode(payload).decode(),
        "url_params": {"server": "lab"},
    }
    if tally is not None:
        event["token_update_tally"] = tally
    return message(f"mdm.{message_type}", checkin_event=event, at=at)


def authenticated(enrollment: str = ENROLLMENT, *, of_type: str = "Device", **facts: Any) -> bytes:
    """An enrollment begins; *facts* are SerialNumber, OSVersion and the like."""
    return checked_in("Authenticate", enrollment, of_type=of_type, Topic=TOPIC, **facts)


def escrowed(token: bytes, enrollment: str = ENROLLMENT) -> bytes:
    """A Mac hands its bootstrap token over; an empty one takes it back."""
    return checked_in("SetBootstrapToken", enrollment, BootstrapToken=token)


def declared(to: str, enrollment: str = ENROLLMENT, **content: Any) -> bytes:
    """A request of declarative management."""
    return checked_in("DeclarativeManagement", enrollment, Endpoint=to, **content)


def connected(enrollment: str = ENROLLMENT) -> bytes:
    """A device asks for a command, or answers one."""
    event = {
        "udid": enrollment,
        "ids": {"id": enrollment, "type": "Device"},
        "status": "Acknowledged",
        "command_uuid": "04b7",
        "raw_payload": b64encode(plistlib.dumps({"UDID": enrollment, "Status": "Acknowledged"})).decode(),
    }
    return message("mdm.Connect", acknowledge_event=event)


def message(topic: str, *, at: str = AT, **event: Any) -> bytes:
    """Any message."""
    return json.dumps({"topic": topic, "created_at": at, **event}).encode()

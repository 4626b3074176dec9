"""MDM on the wire, as a device speaks it: property lists over HTTP."""

import base64
import plistlib
from typing import Any

CHECK_IN = "application/x-apple-aspen-mdm-checkin"
REPORT = "application/x-apple-aspen-mdm"

TOPIC = "com.apple.mgmt.External.lab"


def identity(certificate: bytes) -> str:
    """The header by which a proxy passes a device's certificate on (RFC 9440)."""
    return f":{base64.b64encode(certificate).decode()}:"


def check_in(message: str, udid: str, **fields: Any) -> bytes:
    """A check-in message such as Authenticate."""
    return plistlib.dumps({"MessageType": message, "UDID": udid, **fields})


def declarative(udid: str, endpoint: str, body: bytes = b"") -> bytes:
    """A check-in message of declarative management; *body* is the JSON of a status report."""
    fields = {"Data": body} if body else {}
    return check_in("DeclarativeManagement", udid, Endpoint=endpoint, **fields)


def answer(udid: str, status: str, command: str = "") -> bytes:
    """What a device says to a command, or Idle when it asks for one."""
    fields = {"CommandUUID": command} if command else {}
    return plistlib.dumps({"UDID": udid, "Status": status, **fields})


def read_command(body: bytes) -> tuple[str, str] | None:
    """The command's id and type; None when the queue is empty."""
    if not body:
        return None
    document = plistlib.loads(body)
    return document["CommandUUID"], document["Command"]["RequestType"]

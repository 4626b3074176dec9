"""Apple's MDM protocol as a device speaks it: what it sends, and what it reads in the answers. Pure."""

import json
import plistlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.lab.channel import Sender, channel_of

TOPIC = "com.apple.mgmt.External.lab"

ACTIVATION = "com.apple.activation.simple"
SUBSCRIPTION = "com.apple.configuration.management.status-subscriptions"
ENFORCEMENT = "com.apple.configuration.softwareupdate.enforcement.specific"

#: The lists of a manifest, and what the declarations in them are called in an address.
_KINDS = {
    "Activations": "activation",
    "Assets": "asset",
    "Configurations": "configuration",
    "Management": "management",
}


@dataclass(frozen=True, slots=True)
class Message:
    """One request to the MDM; *content_type* tells a check-in from an answer to a command."""

    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Command:
    """One command of the queue. *token*: the declarations' token that came along, empty when it did not."""

    uuid: str
    request_type: str
    token: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """Where a declaration is: its kind (activation, configuration, …) and its identifier."""

    kind: str
    identifier: str

    @property
    def endpoint(self) -> str:
        """Its address among the endpoints of declarative management."""
        return f"declaration/{self.kind}/{self.identifier}"


@dataclass(frozen=True, slots=True)
class Declaration:
    """A declaration as the MDM delivers it."""

    key: Key
    token: str
    type: str
    payload: Mapping[str, Any]


def authenticate(sender: Sender, facts: Mapping[str, str]) -> Message:
    """The beginning of an enrollment; *facts* are SerialNumber, OSVersion, BuildVersion and the like."""
    return _check_in(sender, "Authenticate", Topic=TOPIC, **facts)


def token_update(sender: Sender) -> Message:
    """The end of an enrollment: where to push."""
    token = push_token(sender)
    push = {"Topic": TOPIC, "PushMagic": f"magic-{token.decode()}", "Token": token}
    return _check_in(sender, "TokenUpdate", **push)


def push_token(sender: Sender) -> bytes:
    """What a push for it is addressed to."""
    return channel_of(sender).enrollment.encode()


def bootstrap_token(sender: Sender, token: bytes) -> Message:
    """Escrow of the secret that lets a Mac install without its user; an empty one takes it back."""
    return _check_in(sender, "SetBootstrapToken", BootstrapToken=token)


def get_bootstrap_token(sender: Sender) -> Message:
    """A Mac that is about to install asks for its secret."""
    return _check_in(sender, "GetBootstrapToken")


def read_bootstrap_token(body: bytes) -> bytes:
    """The secret in an answer; empty when the MDM has none."""
    token: bytes = plistlib.loads(body).get("BootstrapToken", b"") if body else b""
    return token


def check_out(sender: Sender) -> Message:
    """The device leaves management."""
    return _check_in(sender, "CheckOut", Topic=TOPIC)


def declarative(sender: Sender, endpoint: str, document: Mapping[str, Any] | None = None) -> Message:
    """A request of declarative management; *document* is the report that goes to `status`."""
    content = {} if document is None else {"Data": json.dumps(document).encode()}
    return _check_in(sender, "DeclarativeManagement", Endpoint=endpoint, **content)


def idle(sender: Sender) -> Message:
    """Is there a command?"""
    return _answer(sender, "Idle")


def acknowledged(sender: Sender, command: Command) -> Message:
    """The command is done; the next one, please."""
    return _answer(sender, "Acknowledged", CommandUUID=command.uuid)


def not_now(sender: Sender, command: Command) -> Message:
    """The command has to wait for the next time that the device asks."""
    return _answer(sender, "NotNow", CommandUUID=command.uuid)


def read_command(body: bytes) -> Command | None:
    """The command in an answer; None when the queue is empty."""
    if not body:
        return None
    message = plistlib.loads(body)
    content = message["Command"]
    token = read_token(content["Data"]) if "Data" in content else ""
    return Command(message["CommandUUID"], content["RequestType"], token)


def read_token(body: bytes) -> str:
    """The declarations' token in an answer of `tokens`."""
    token: str = json.loads(body)["SyncTokens"]["DeclarationsToken"]
    return token


def read_manifest(body: bytes) -> tuple[dict[Key, str], str]:
    """The server's token of every declaration in an answer of `declaration-items`, and the one of all."""
    document = json.loads(body)
    listed = document["Declarations"]
    tokens = {
        Key(kind, entry["Identifier"]): entry["ServerToken"]
        for section, kind in _KINDS.items()
        for entry in listed.get(section) or ()
    }
    return tokens, document["DeclarationsToken"]


def read_declaration(key: Key, body: bytes) -> Declaration:
    """The declaration in an answer of its own endpoint."""
    document = json.loads(body)
    return Declaration(key, document["ServerToken"], document["Type"], document["Payload"])


def status_report(values: Mapping[str, Any], unknown: Iterable[str], *, full: bool) -> dict[str, Any]:
    """A report of these status items by name; *unknown* are those that the device was asked for in vain."""
    report: dict[str, Any] = {"StatusItems": {}, "Errors": [_unknown(name) for name in sorted(unknown)]}
    for name, value in values.items():
        *path, leaf = name.split(".")
        place = report["StatusItems"]
        for step in path:
            place = place.setdefault(step, {})
        place[leaf] = value
    return {**report, "FullReport": True} if full else report


def _unknown(name: str) -> dict[str, Any]:
    reason = {"Code": "Error.UnsupportedStatusItem", "Description": f"Unsupported status item {name}"}
    return {"StatusItem": name, "Reasons": [reason]}


def _check_in(sender: Sender, message_type: str, **content: Any) -> Message:
    body = plistlib.dumps({"MessageType": message_type, **channel_of(sender).names, **content})
    return Message("application/x-apple-aspen-mdm-checkin", body)


def _answer(sender: Sender, status: str, **content: str) -> Message:
    body = plistlib.dumps({**channel_of(sender).names, "Status": status, **content})
    return Message("application/x-apple-aspen-mdm", body)

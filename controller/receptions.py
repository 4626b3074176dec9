"""Who may tell fleets something over HTTP, and what it takes: their MDMs, and their Git servers."""

import hmac
import secrets
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from controller.inbox import DROPPED, Inbox
from controller.objects import Heard


class Door(StrEnum):
    """Where somebody comes in: how the path of the URL begins."""

    MDM = "webhook"
    PUSH = "git"


class Reception(Protocol):
    """One fleet's, behind one door."""

    @property
    def token(self) -> str:
        """The part of the URL that only those know who may come in."""
        ...

    def accepts(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """Do these headers sign the body as they have to?"""
        ...

    def put(self, body: bytes, at: datetime, /) -> str:
        """Let the fleet have what came at this moment; the topic that it is counted as.

        ValueError where it is not of the form that is expected here.
        """
        ...


@dataclass(frozen=True, slots=True)
class Hook:
    """What an MDM's webhook has to show, and how it is read. *token* is part of its URL.

    With an *hmac_key* each body must be signed; an empty one asks for no signature. *parse* translates a body
    that came at a moment, ValueError where it is not of the MDM's form.
    """

    token: str = field(repr=False)
    hmac_key: str = field(repr=False)
    parse: Callable[[bytes, datetime], Heard]


@dataclass(frozen=True, slots=True)
class MdmReception:
    """What an MDM has to show, and where its events go."""

    hook: Hook
    inbox: Inbox

    @property
    def token(self) -> str:
        """The hook's."""
        return self.hook.token

    def accepts(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """Is the body's HMAC-SHA256 there in base64, where one is asked for?"""
        if not self.hook.hmac_key:
            return True
        expected = b64encode(hmac.digest(self.hook.hmac_key.encode(), body, "sha256")).decode()
        return _same(expected, headers.get(MDM_SIGNATURE, ""))

    def put(self, body: bytes, at: datetime, /) -> str:
        """Into the inbox; `DROPPED` when that is full."""
        heard = self.hook.parse(body, at)
        if heard.event and not self.inbox.put(heard.event):
            return DROPPED
        return heard.topic


@dataclass(frozen=True, slots=True)
class PushReception:
    """What a Git server has to show; *ring* is all that comes of a push, since its body is not believed."""

    token: str = field(repr=False)
    ring: Callable[[], None]

    def accepts(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """Is every signature that is there the one by our token? The URL's token alone is enough, too."""
        # Gitea sends its headers without a signature where it was given no secret.
        shown = {name: headers.get(name, "") for name in PUSH_SIGNATURES}
        signed = {name: text for name, text in shown.items() if text.removeprefix("sha256=")}
        digest = hmac.digest(self.token.encode(), body, "sha256").hex()
        return all(
            _same(PUSH_SIGNATURES[name].format(digest=digest, token=self.token), text)
            for name, text in signed.items()
        )

    def put(self, _body: bytes, _at: datetime, /) -> str:
        """Have the repository asked."""
        self.ring()
        return "push"


MDM_SIGNATURE = "X-Hmac-Signature"

#: What Git servers send of the body's HMAC-SHA256 in hex, or of the token: GitHub, Gitea, others, GitLab.
PUSH_SIGNATURES = {
    "X-Hub-Signature-256": "sha256={digest}",
    "X-Gitea-Signature": "{digest}",
    "X-Signature": "sha256={digest}",
    "X-Gitlab-Token": "{token}",
}

#: All headers that say who sent a body.
SIGNATURES = (MDM_SIGNATURE, *PUSH_SIGNATURES)


class Receptions:
    """All that are open, by door and `namespace/fleet`."""

    def __init__(self) -> None:
        self._open: dict[tuple[Door, str], Reception] = {}
        self._nobody = secrets.token_hex(32)

    def open(self, door: Door, fleet: str, reception: Reception) -> None:
        """Let through this door what is for this fleet, in the place of what was open for it."""
        self._open[door, fleet] = reception

    def close(self, door: Door, fleet: str) -> None:
        """Let nothing in any more; not being open is no error."""
        self._open.pop((door, fleet), None)

    def forget(self, fleet: str) -> None:
        """Close all of a fleet's."""
        for door in Door:
            self.close(door, fleet)

    def clear(self) -> None:
        """Close them all."""
        self._open.clear()

    def find(self, door: Door, fleet: str, token: str) -> Reception | None:
        """The fleet's, if this is its token. How long that takes tells neither fleets nor tokens."""
        found = self._open.get((door, fleet))
        return found if _same(found.token if found else self._nobody, token) else None


def _same(expected: str, shown: str) -> bool:
    """Compared in constant time; what is not UTF-8 in a request reaches us as surrogates."""
    return hmac.compare_digest(expected.encode(), shown.encode(errors="surrogateescape"))

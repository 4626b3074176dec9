"""Which fleets take events of their MDM's webhook, and what it takes to tell them one."""

import hmac
import secrets
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from controller.inbox import Inbox
from controller.objects import Heard


@dataclass(frozen=True, slots=True)
class Hook:
    """What an MDM's webhook has to show, and how it is read. *token* is part of its URL.

    With an *hmac_key* each body must be signed; an empty one asks for no signature. *parse* translates a body
    that came at a moment, ValueError where it is not of the MDM's form.
    """

    token: str = field(repr=False)
    hmac_key: str = field(repr=False)
    parse: Callable[[bytes, datetime], Heard]

    def accepts(self, body: bytes, signature: str) -> bool:
        """Is *signature* the base64 of the body's HMAC-SHA256, where one is asked for?"""
        if not self.hmac_key:
            return True
        expected = b64encode(hmac.digest(self.hmac_key.encode(), body, "sha256"))
        return hmac.compare_digest(expected, _bytes(signature))


@dataclass(frozen=True, slots=True)
class Reception:
    """One fleet's: what its MDM has to show, and where its events go."""

    hook: Hook
    inbox: Inbox


class Receptions:
    """All that are open, by `namespace/fleet`."""

    def __init__(self) -> None:
        self._open: dict[str, Reception] = {}
        self._nobody = secrets.token_bytes(32)

    def open(self, fleet: str, reception: Reception) -> None:
        """Let events for this fleet in, in the place of what was open for it."""
        self._open[fleet] = reception

    def close(self, fleet: str) -> None:
        """Let nothing in any more; not being open is no error."""
        self._open.pop(fleet, None)

    def clear(self) -> None:
        """Close them all."""
        self._open.clear()

    def find(self, fleet: str, token: str) -> Reception | None:
        """The fleet's, if this is its token. How long that takes tells neither fleets nor tokens."""
        found = self._open.get(fleet)
        expected = _bytes(found.hook.token) if found else self._nobody
        return found if hmac.compare_digest(expected, _bytes(token)) else None


def _bytes(text: str) -> bytes:
    """What was sent: what is not UTF-8 in a request reaches us as surrogates."""
    return text.encode(errors="surrogateescape")

"""What the MDM's events say of an enrollment: that it began anew, that it ended, what was escrowed for it.

Events come unordered, and some never do. Each carries the moment in which it happened; what is known follows
from the moments alone.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class Topic(StrEnum):
    """What happened to an enrollment, in the words of Apple's check-in protocol."""

    AUTHENTICATE = "Authenticate"
    TOKEN_UPDATE = "TokenUpdate"  # noqa: S105 (Apple's name of a message, not a secret)
    CHECK_OUT = "CheckOut"
    SET_BOOTSTRAP_TOKEN = "SetBootstrapToken"  # noqa: S105 (Apple's name of a message, not a secret)
    STATUS = "Status"
    OTHER = "Other"


class BootstrapToken(StrEnum):
    """Is a Mac's bootstrap token escrowed in the MDM? Nobody knows before an event says so."""

    ESCROWED = "Escrowed"
    MISSING = "Missing"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a device did, as the MDM's webhook tells it.

    *topic* is STATUS where it sent a status report: the stored reports say what. *at* is the MDM's moment, in
    UTC. *user*: the enrollment is a User Enrollment. *escrowed* says of SET_BOOTSTRAP_TOKEN whether there is
    a token now; the token itself is nowhere. *pushable*: the first TOKEN_UPDATE of an enrollment, from which
    on a push can reach it. The others are what AUTHENTICATE says of the device; empty where it does not.
    *product* is such as Mac14,2, iPhone15,2.
    """

    topic: Topic
    enrollment: str
    at: datetime
    user: bool = False
    escrowed: bool = False
    pushable: bool = False
    serial: str = ""
    product: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Enrollment:
    """What events said of an enrollment so far.

    *began* is when it last enrolled: what was reported before belongs to another life of the device. *ended*
    is when it checked out, None while it is enrolled. *user*: it is a User Enrollment, which takes no
    enforcement. *token_at* is not kept over restarts.
    """

    began: datetime | None = None
    ended: datetime | None = None
    user: bool = False
    bootstrap_token: BootstrapToken = BootstrapToken.UNKNOWN
    token_at: datetime | None = None

    def after(self, event: Event) -> "Enrollment":
        """What is known after one more event, in whatever order they come."""
        known = replace(self, user=event.user)
        match event.topic:
            case Topic.AUTHENTICATE if _newer(event.at, self.began):
                return known._begun(event)
            case Topic.CHECK_OUT if _newer(event.at, self.began) and _newer(event.at, self.ended):
                return replace(known, ended=event.at)
            case Topic.SET_BOOTSTRAP_TOKEN if _newer(event.at, self.began) and _newer(
                event.at, self.token_at
            ):
                found = BootstrapToken.ESCROWED if event.escrowed else BootstrapToken.MISSING
                return replace(known, bootstrap_token=found, token_at=event.at)
        return known

    def _begun(self, event: Event) -> "Enrollment":
        """An enrollment that begins: the MDM forgets the token, unless a newer one was escrowed since."""
        known = replace(self, began=event.at, ended=self.ended if _newer(self.ended, event.at) else None)
        if _newer(self.token_at, event.at):
            return known
        escrows = event.product.startswith(("Mac", "iMac", "VirtualMac"))
        token = BootstrapToken.MISSING if escrows else BootstrapToken.UNKNOWN
        return replace(known, bootstrap_token=token, token_at=None)


def _newer(moment: datetime | None, than: datetime | None) -> bool:
    return moment is not None and (than is None or moment > than)

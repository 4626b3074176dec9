"""What is, or shall be, in force on a device."""

from dataclasses import dataclass
from datetime import datetime

from controller.domain.versions import Version


@dataclass(frozen=True, slots=True)
class Declaration:
    """One software-update enforcement: this version by this moment on the device's own clock.

    Devices with equal declarations are one class. *deadline* has no zone: Apple's `TargetLocalDateTime`
    has none either.
    """

    version: Version
    deadline: datetime
    build: str = ""
    details_url: str = ""


@dataclass(frozen=True, slots=True)
class Promise:
    """A declaration in force, and how the MDM names it: what the device reports back once it holds it."""

    declaration: Declaration
    identifier: str
    token: str

"""What is, or shall be, in force on a device."""

from dataclasses import dataclass
from datetime import datetime

from controller.domain.versions import Version


@dataclass(frozen=True, slots=True)
class Declaration:
    """One software-update enforcement: this version by this moment on the device's own clock.

    *build* is given where just this build will do, or a background security improvement is required. Devices
    with equal declarations are one class. *deadline* has no zone: Apple's `TargetLocalDateTime` has none.
    """

    version: Version
    deadline: datetime
    build: str = ""
    details_url: str = ""

    def satisfied_by(self, version: Version, build: str, supplemental: str) -> bool:
        """Does a device that runs this run what is asked for, or something newer?

        *supplemental* is the build of the background security improvement that it has; empty without one.
        """
        if version != self.version:
            return version > self.version
        return self.build in ("", build, supplemental)


@dataclass(frozen=True, slots=True)
class Promise:
    """A declaration in force, and how the MDM names it: what the device reports back once it holds it."""

    declaration: Declaration
    identifier: str
    token: str

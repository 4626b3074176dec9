"""How a fleet's declarations are named and written on KMFDDM. Pure.

A class (devices with the same declaration) is one set with two declarations: the enforcement, and an
activation that names it. One more set is everybody's: the subscription to the status items, and its
activation. Names have no dot, since KMFDDM looks names up by what stands before one.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from controller.domain.declarations import Declaration
from controller.domain.versions import Version

ENFORCEMENT = "com.apple.configuration.softwareupdate.enforcement.specific"
SUBSCRIPTION = "com.apple.configuration.management.status-subscriptions"
ACTIVATION = "com.apple.activation.simple"

#: What devices are asked to report. Those whose OS does not know an item say so, and report the others.
STATUS_ITEMS = (
    "device.identifier.serial-number",
    "device.model.identifier",
    "device.operating-system.build-version",
    "device.operating-system.family",
    "device.operating-system.supplemental.build-version",
    "device.operating-system.supplemental.extra-version",
    "device.operating-system.version",
    "management.client-capabilities",
    "management.declarations",
    "softwareupdate.beta-enrollment",
    "softwareupdate.device-id",
    "softwareupdate.failure-reason",
    "softwareupdate.install-reason",
    "softwareupdate.install-state",
    "softwareupdate.pending-version",
)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A set on the server and the two declarations in it; *activation* makes *configuration* active."""

    set: str
    configuration: str
    activation: str
    type: str
    payload: Mapping[str, Any]

    def documents(self) -> tuple[bytes, bytes]:
        """Both declarations as the server takes them, the configuration first."""
        activation = {"StandardConfigurations": [self.configuration]}
        return (
            canonical({"Identifier": self.configuration, "Type": self.type, "Payload": self.payload}),
            canonical({"Identifier": self.activation, "Type": ACTIVATION, "Payload": activation}),
        )


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one fleet on a server that it may share with others."""

    prefix: str

    @classmethod
    def of(cls, fleet: str) -> "Names":
        """The names of the Fleet *namespace/name*."""
        return cls(f"pomona-{hashlib.sha256(fleet.encode()).hexdigest()[:12]}-")

    @property
    def enforcements(self) -> str:
        """How the identifiers of enforcements begin."""
        return f"{self.prefix}e"

    def enforcement(self, declaration: Declaration) -> Bundle:
        """The class of this declaration."""
        return self._bundle("sea", ENFORCEMENT, to_payload(declaration))

    def subscription(self) -> Bundle:
        """What every device has."""
        items = [{"Name": name} for name in STATUS_ITEMS]
        return self._bundle("wuv", SUBSCRIPTION, {"StatusItems": items})

    def class_of(self, identifier: str) -> str:
        """The configuration's identifier of the class that this set, or either declaration, belongs to."""
        kind = identifier.removeprefix(self.prefix)[:1]
        if not identifier.startswith(self.prefix) or kind not in "sea":
            return ""
        return self.enforcements + identifier[len(self.enforcements) :]

    def set_of(self, configuration: str) -> str:
        """The set of a class."""
        return f"{self.prefix}s{configuration[len(self.enforcements) :]}"

    def activation_of(self, configuration: str) -> str:
        """The activation of a class."""
        return f"{self.prefix}a{configuration[len(self.enforcements) :]}"

    def _bundle(self, kinds: str, of_type: str, payload: Mapping[str, Any]) -> Bundle:
        digest = hashlib.sha256(canonical(payload)).hexdigest()[:12]
        place, configuration, activation = (f"{self.prefix}{kind}{digest}" for kind in kinds)
        return Bundle(place, configuration, activation, of_type, payload)


def canonical(document: Mapping[str, Any]) -> bytes:
    """One text for one content: the server's token is made of the bytes."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def to_payload(declaration: Declaration) -> dict[str, str]:
    """Apple's payload of an enforcement."""
    payload = {
        "TargetOSVersion": str(declaration.version),
        "TargetLocalDateTime": declaration.deadline.strftime("%Y-%m-%dT%H:%M:%S"),
    }
    if declaration.build:
        payload["TargetBuildVersion"] = declaration.build
    if declaration.details_url:
        payload["DetailsURL"] = declaration.details_url
    return payload


def from_payload(payload: Mapping[str, Any]) -> Declaration:
    """What `to_payload` wrote; ValueError or KeyError for anything else."""
    return Declaration(
        Version.parse(payload["TargetOSVersion"]),
        datetime.fromisoformat(payload["TargetLocalDateTime"]),
        payload.get("TargetBuildVersion", ""),
        payload.get("DetailsURL", ""),
    )

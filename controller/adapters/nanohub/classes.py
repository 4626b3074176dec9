"""How a fleet's declarations are named and written on KMFDDM. Pure.

A class (devices with the same declaration) is one set with two declarations: the enforcement, and an
activation that names it. A subscription (devices that are asked for the same status items) is built in the
same way. Names have no dot and one length, since KMFDDM looks names up by what stands before a dot.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from controller.domain.declarations import Declaration
from controller.domain.reports import Ours
from controller.domain.versions import Version

ENFORCEMENT = "com.apple.configuration.softwareupdate.enforcement.specific"
SUBSCRIPTION = "com.apple.configuration.management.status-subscriptions"
ACTIVATION = "com.apple.activation.simple"

#: The letters of a set, its configuration and its activation.
_CLASS, _SUBSCRIPTION = "sea", "wuv"

_SHAPE = re.compile(r"([seawuv])([0-9a-f]{12})")


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
    def ours(self) -> Ours:
        """How the identifiers of configurations begin."""
        return Ours(f"{self.prefix}{_CLASS[1]}", f"{self.prefix}{_SUBSCRIPTION[1]}")

    def enforcement(self, declaration: Declaration) -> Bundle:
        """The class of this declaration."""
        return self._bundle(_CLASS, ENFORCEMENT, to_payload(declaration))

    def subscription(self, items: frozenset[str]) -> Bundle:
        """The subscription to these status items."""
        named = [{"Name": name} for name in sorted(items)]
        return self._bundle(_SUBSCRIPTION, SUBSCRIPTION, {"StatusItems": named})

    def set_of(self, name: str) -> str:
        """The set that a declaration belongs to, or the set itself; empty for what is not of ours."""
        shape = _SHAPE.fullmatch(name.removeprefix(self.prefix))
        if shape is None or not name.startswith(self.prefix):
            return ""
        kinds = _CLASS if shape[1] in _CLASS else _SUBSCRIPTION
        return f"{self.prefix}{kinds[0]}{shape[2]}"

    def is_set(self, name: str) -> bool:
        """Is it the name of a set of ours?"""
        return self.set_of(name) == name != ""

    def is_class(self, of_set: str) -> bool:
        """Is this set of ours a class, and no subscription?"""
        return of_set.startswith(self.prefix + _CLASS[0])

    def contents(self, of_set: str) -> tuple[str, str]:
        """The configuration and the activation that belong into a set of ours."""
        kinds = _CLASS if self.is_class(of_set) else _SUBSCRIPTION
        digest = of_set[len(self.prefix) + 1 :]
        return f"{self.prefix}{kinds[1]}{digest}", f"{self.prefix}{kinds[2]}{digest}"

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
    """What `to_payload` wrote; ValueError for anything else."""
    try:
        declaration = Declaration(
            Version.parse(payload["TargetOSVersion"]),
            datetime.fromisoformat(payload["TargetLocalDateTime"]),
            payload.get("TargetBuildVersion", ""),
            payload.get("DetailsURL", ""),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"not an enforcement as we write it: {payload!r:.200}") from error
    if to_payload(declaration) != payload:
        raise ValueError(f"not an enforcement as we write it: {payload!r:.200}")
    return declaration

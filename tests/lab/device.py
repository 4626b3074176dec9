"""A simulated Apple device: what it holds, does and reports. Pure: no request, no clock of its own.

Behaves as Apple documents "Deploying software updates using declarative management".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from controller.domain.versions import Version

ENFORCEMENT = "com.apple.configuration.softwareupdate.enforcement.specific"
SUBSCRIPTION = "com.apple.configuration.management.status-subscriptions"

#: Status items that came with a later OS than the others: first majors by family.
NEWER_ITEMS = {"softwareupdate.device-id", "softwareupdate.beta-enrollment"}
KNOWS_NEWER = {"macOS": 15, "iOS": 18, "iPadOS": 18, "tvOS": 18, "visionOS": 2, "watchOS": 11}

DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a device does with an update.

    *installs*: at the deadline, as soon as it is prepared, or never. *failure* is the text of so many
    *failures* before it succeeds. *not_now* is how often it puts a command off.
    """

    installs: str = "deadline"
    failure: str = ""
    failures: int = 0
    not_now: int = 0
    skips_states: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """What a device is. *model* is the lookup service's id, *identifier* the model's own (Mac14,2)."""

    serial: str
    model: str
    family: str
    version: str
    build: str
    identifier: str = ""
    hours_from_utc: int = 0
    behaviour: Behaviour = Behaviour()

    @property
    def udid(self) -> str:
        """The enrollment id."""
        return f"00008112-{self.serial}"


@dataclass(frozen=True, slots=True)
class Declaration:
    """A declaration as the device holds it."""

    identifier: str
    type: str
    token: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a device's journal. *enforcements* are those held from then on."""

    at: datetime
    what: str
    version: str = ""
    enforcements: tuple[Declaration, ...] = ()


@dataclass
class Device:
    """One device's state; `sync`, `advance` and `report` move it."""

    profile: Profile
    version: str = ""
    build: str = ""
    state: str = "none"
    pending: Declaration | None = None
    failures: int = 0
    failed_at: str = ""
    declarations: dict[str, Declaration] = field(default_factory=dict)
    journal: list[Entry] = field(default_factory=list)
    _reported: dict[str, Any] = field(default_factory=dict)
    _full_at: datetime | None = None

    def __post_init__(self) -> None:
        self.version = self.version or self.profile.version
        self.build = self.build or self.profile.build

    def clock(self, now: datetime) -> datetime:
        """The device's own clock, without a zone."""
        return now.replace(tzinfo=None) + timedelta(hours=self.profile.hours_from_utc)

    def sync(self, declarations: Mapping[str, Declaration], now: datetime) -> None:
        """Hold just these from now on."""
        before = tuple(self.enforcements())
        self.declarations = dict(declarations)
        if tuple(self.enforcements()) != before:
            self.journal.append(Entry(self.clock(now), "synced", "", tuple(self.enforcements())))

    def enforcements(self) -> Iterator[Declaration]:
        """The active enforcements, the earliest deadline first."""
        active = (d for d in self._active() if d.type == ENFORCEMENT)
        yield from sorted(active, key=lambda d: (d.payload["TargetLocalDateTime"], d.identifier))

    def advance(self, now: datetime, offered: Mapping[str, str]) -> None:
        """Come one step further with the update that is due first; *offered* are builds by version."""
        target = next((d for d in self.enforcements() if self._possible(d, offered)), None)
        if target is None:
            self.state, self.pending, self.failures = "none", None, 0
        elif self.pending is None or self.pending.payload != target.payload:
            self.pending, self.failures = target, 0
            self.state = "prepared" if self.profile.behaviour.skips_states else "waiting"
        else:
            self.pending = target
            self.state = self._next(now, target)
            if self.state == "restarted":
                self._install(target, now, offered)

    def report(self, now: datetime) -> dict[str, Any] | None:
        """The status report that is due, or None: full at first and daily, else what changed."""
        subscribed = self._subscribed()
        if not subscribed:
            return None
        values = {item: value for item, value in self._values().items() if item in subscribed}
        full = self._full_at is None or now - self._full_at >= DAY
        changed = values if full else {i: v for i, v in values.items() if self._reported.get(i) != v}
        if not changed:
            return None
        self._reported = values
        self._full_at = now if full else self._full_at
        errors = [
            {"StatusItem": item, "Reasons": [{"Code": "Error.Unknown"}]}
            for item in sorted(subscribed - values.keys())
        ]
        document: dict[str, Any] = {"StatusItems": _nested(changed), "Errors": errors if full else []}
        return {**document, "FullReport": True} if full else document

    def _active(self) -> Iterator[Declaration]:
        named: set[str] = set()
        for declaration in self.declarations.values():
            named.update(declaration.payload.get("StandardConfigurations", ()))
        for declaration in self.declarations.values():
            if declaration.identifier in named:
                yield declaration

    def _possible(self, declaration: Declaration, offered: Mapping[str, str]) -> bool:
        version = declaration.payload["TargetOSVersion"]
        return Version.parse(version) > Version.parse(self.version) and version in offered

    def _next(self, now: datetime, target: Declaration) -> str:
        behaviour = self.profile.behaviour
        due = self.clock(now) >= datetime.fromisoformat(target.payload["TargetLocalDateTime"])
        match self.state:
            case "waiting":
                return "downloading"
            case "downloading":
                return "prepared"
            case "prepared" if due or behaviour.installs == "prepared":
                return "prepared" if behaviour.installs == "never" else "installing"
            case "installing" | "failed":
                if self.failures < behaviour.failures:
                    self.failures += 1
                    self.failed_at = f"{now:%Y-%m-%dT%H:%M:%SZ}"
                    self.journal.append(Entry(self.clock(now), "failed", target.payload["TargetOSVersion"]))
                    return "failed"
                return "restarted"
        return self.state

    def _install(self, target: Declaration, now: datetime, offered: Mapping[str, str]) -> None:
        self.version = target.payload["TargetOSVersion"]
        self.build = target.payload.get("TargetBuildVersion") or offered[self.version]
        self.state, self.pending, self.failures = "none", None, 0
        self.journal.append(Entry(self.clock(now), "installed", self.version, tuple(self.enforcements())))

    def _subscribed(self) -> set[str]:
        return {
            item["Name"]
            for declaration in self._active()
            if declaration.type == SUBSCRIPTION
            for item in declaration.payload["StatusItems"]
        }

    def _values(self) -> dict[str, Any]:
        """Every status item that this device knows."""
        profile, pending = self.profile, self.pending
        version = pending.payload["TargetOSVersion"] if pending else ""
        failure: dict[str, Any] = {"count": self.failures}
        if self.failures:
            failure |= {"reason": profile.behaviour.failure, "timestamp": self.failed_at}
        reason: dict[str, Any] = (
            {"reason": ["declaration"], "declaration-id": pending.identifier} if pending else {"reason": []}
        )
        values: dict[str, Any] = {
            "device.identifier.serial-number": profile.serial,
            "device.model.identifier": profile.identifier or profile.model,
            "device.operating-system.family": profile.family,
            "device.operating-system.version": self.version,
            "device.operating-system.build-version": self.build,
            "device.operating-system.supplemental.build-version": self.build,
            "device.operating-system.supplemental.extra-version": "",
            "management.declarations": self._held(),
            "management.client-capabilities": {"supported-versions": ["1.0.0"]},
            "softwareupdate.install-state": self.state,
            "softwareupdate.install-reason": reason,
            "softwareupdate.pending-version": {"os-version": version, "build-version": ""},
            "softwareupdate.failure-reason": failure,
            "softwareupdate.device-id": profile.model,
            "softwareupdate.beta-enrollment": "",
        }
        if Version.parse(self.version).major < KNOWS_NEWER.get(profile.family, 0):
            values = {item: value for item, value in values.items() if item not in NEWER_ITEMS}
        return values

    def _held(self) -> dict[str, Any]:
        active = {d.identifier for d in self._active()}
        groups: dict[str, list[Any]] = {
            "activations": [],
            "configurations": [],
            "assets": [],
            "management": [],
        }
        for declaration in self.declarations.values():
            kind = declaration.type.removeprefix("com.apple.").split(".")[0]
            group = {"activation": "activations", "configuration": "configurations"}.get(kind, "assets")
            row = {
                "identifier": declaration.identifier,
                "server-token": declaration.token,
                "active": group == "activations" or declaration.identifier in active,
                "valid": "valid",
            }
            groups[group].append({**row, **self._objection(declaration, active)})
        return groups

    def _objection(self, declaration: Declaration, active: set[str]) -> dict[str, Any]:
        if declaration.type.startswith("com.apple.activation"):
            return {}
        if declaration.identifier not in active:
            return {"reasons": [{"code": "Info.NotReferencedByActivation"}]}
        if declaration.type != ENFORCEMENT:
            return {}
        if Version.parse(declaration.payload["TargetOSVersion"]) > Version.parse(self.version):
            return {}
        return {"valid": "invalid", "reasons": [{"code": "Error.ConfigurationCannotBeApplied"}]}


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Status items by dotted name as the dictionaries in dictionaries that a report has."""
    nested: dict[str, Any] = {}
    for path, value in values.items():
        *above, last = path.split(".")
        place = nested
        for key in above:
            place = place.setdefault(key, {})
        place[last] = value
    return nested

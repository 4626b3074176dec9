"""Registration: a Device for each enrollment that the MDM shows, and what it is called.

What Git or a person made is never overwritten, and never removed.
"""

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field

from controller.domain.devices import Device, Labels
from controller.domain.enrollments import Enrollment, Event
from controller.domain.facts import Facts
from controller.domain.fleets import Register
from controller.domain.versions import Platform, Version, platform_of

#: On every Device that registration made.
REGISTERED = ("pomona.dev/registered", "true")

#: What registration says of the Devices that it made.
PLATFORM, MODEL, OS_MAJOR = "pomona.dev/platform", "pomona.dev/model", "pomona.dev/os-major"

#: All labels of registration's own.
KEYS = frozenset({REGISTERED[0], PLATFORM, MODEL, OS_MAJOR})

#: On every object that Git brought.
GIT = "pomona.dev/git"


@dataclass(frozen=True, slots=True)
class NewDevice:
    """A Device to be made."""

    name: str
    enrollment: str
    serial: str
    labels: Labels


@dataclass(frozen=True, slots=True)
class Registration:
    """What to do: Devices to *remove*, then those to *make*.

    *nameless* are enrollments that get none, since others have their names.
    """

    make: tuple[NewDevice, ...] = ()
    remove: tuple[str, ...] = ()
    nameless: tuple[str, ...] = ()


@dataclass(slots=True)
class Newcomer:
    """An enrollment as its events show it."""

    state: Enrollment = field(default_factory=Enrollment)
    serial: str = ""
    product: str = ""
    version: str = ""

    def hear(self, event: Event) -> None:
        """Take in one event."""
        self.state = self.state.after(event)
        self.serial = event.serial or self.serial
        self.product = event.product or self.product
        self.version = event.version or self.version

    def labels(self) -> Labels:
        """What its labels can say before it has reported. A Mac's product is not its model."""
        platform = platform_of(self.product)
        model = "" if platform is Platform.MACOS else self.product
        try:
            version = Version.parse(self.version)
        except ValueError:
            version = None
        return _labels(platform or "", model if platform else "", version)


def newcomers(events: Iterable[Event]) -> dict[str, Newcomer]:
    """The enrollments of these events."""
    found: dict[str, Newcomer] = {}
    for event in events:
        found.setdefault(event.enrollment, Newcomer()).hear(event)
    return found


def register(
    enrollments: Mapping[str, Newcomer], devices: Mapping[str, Device], wanted: Register
) -> Registration:
    """Which Devices to make and to remove; *devices* are all that there are, by name."""
    owned = {device.enrollment for device in devices.values()}
    gone = {e for e, newcomer in enrollments.items() if newcomer.state.ended}
    remove = {device.name for device in devices.values() if device.enrollment in gone and is_ours(device)}
    make: dict[str, NewDevice] = {}
    nameless = []
    for enrollment, newcomer in enrollments.items():
        if enrollment in owned or enrollment in gone or not wanted.enabled:
            continue
        replaced = {d.name for d in devices.values() if _is_same_hardware(d, newcomer.serial)}
        name = _free_name(newcomer.serial, enrollment, {*make, *(devices.keys() - replaced - remove)})
        if name:
            remove |= replaced
            labels = wanted.labels | {REGISTERED} | newcomer.labels()
            make[name] = NewDevice(name, enrollment, newcomer.serial, labels)
        else:
            nameless.append(enrollment)
    return Registration(tuple(make.values()), tuple(sorted(remove)), tuple(nameless))


def is_ours(device: Device) -> bool:
    """Did registration make it, and nobody else take it over?"""
    return REGISTERED in device.labels and not from_git(device)


def from_git(device: Device) -> bool:
    """Did Git bring it, or something of it?"""
    return any(key == GIT for key, _ in device.labels)


def identity(facts: Facts) -> Labels:
    """What the labels of a Device that registration made shall say, as far as it is known."""
    platform = platform_of(facts.model) or facts.platform
    return _labels(platform, facts.model, facts.version)


def _labels(platform: str, model: str, version: Version | None) -> Labels:
    found = {PLATFORM: platform, MODEL: model, OS_MAJOR: str(version.major) if version else ""}
    return frozenset((key, _value(text)) for key, text in found.items() if _value(text))


def _value(text: str) -> str:
    """The text as the value of a label: a comma becomes an underscore."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", text)[:63].strip("._-")


def _is_same_hardware(device: Device, serial: str) -> bool:
    return bool(serial) and is_ours(device) and device.serial.lower() == serial.lower()


def _free_name(serial: str, enrollment: str, taken: Container[str]) -> str:
    """The serial number, else the enrollment id, as the name of an object; empty when both are taken."""
    names = (re.sub(r"[^a-z0-9.-]+", "-", text.lower()).strip(".-") for text in (serial, enrollment))
    return next((name for name in names if name and name not in taken), "")

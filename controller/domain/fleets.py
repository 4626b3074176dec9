"""What a Fleet decides for all of its policies."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from controller.domain.calendars import Freeze
from controller.domain.devices import Labels
from controller.domain.receivers import Receiver
from controller.domain.versions import Platform, Version


@dataclass(frozen=True, slots=True)
class Brake:
    """How many devices may be let go unfinished in an hour: the larger of *devices* and *percent*."""

    percent: int = 20
    devices: int = 10

    def holds(self, unfinished: int, in_force: int) -> bool:
        """Are *unfinished* of *in_force* too many?"""
        return unfinished > self.devices and 100 * unfinished > self.percent * in_force


@dataclass(frozen=True, slots=True)
class Register:
    """Is a Device made for each enrollment that the MDM shows, and which labels do all of them get?"""

    enabled: bool = True
    labels: Labels = frozenset()


@dataclass(frozen=True, slots=True)
class Fleet:
    """One tenant's decisions.

    *suspend*: everything is decided and shown, nothing is written to the MDM. *retire*: everything of ours is
    let go, and nothing new is promised.
    """

    suspend: bool = False
    retire: bool = False
    skip: frozenset[tuple[Platform, Version]] = frozenset()
    brake: Brake = Brake()
    freezes: tuple[Freeze, ...] = ()
    register: Register = Register()
    notify: tuple[Receiver, ...] = ()

    @classmethod
    def parse(cls, spec: Mapping[str, Any], unknown: Iterable[str]) -> "Fleet":
        """Read a Fleet that the CRD's schema has let through; *unknown* are fields that we do not know.

        ValueError says why it cannot be followed.
        """
        for path in unknown:
            raise ValueError(f"{path} is not a field that this version of Pomona knows")
        return cls(
            spec["suspend"],
            spec["retire"],
            frozenset((Platform(s["platform"]), Version.parse(s["version"])) for s in spec.get("skip", ())),
            Brake(spec["brake"]["percent"], spec["brake"]["devices"]),
            tuple(map(Freeze.parse, spec.get("freeze", ()))),
            Register(spec["register"]["enabled"], frozenset(spec["register"].get("labels", {}).items())),
            tuple(map(Receiver.parse, spec.get("notify", ()))),
        )

    @property
    def asks(self) -> bool:
        """Are devices asked for anything? Not while it only observes, and not once it is retired."""
        return not self.suspend and not self.retire

    def skipped(self, platform: Platform | None) -> frozenset[Version]:
        """What nobody on this platform is asked for."""
        return frozenset(version for of, version in self.skip if of is platform)

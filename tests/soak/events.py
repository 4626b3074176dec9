"""What happens in the month beside what devices do, day by day."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.lab import gateway
from tests.lab.ground import Ground
from tests.lab.lab import TENANT
from tests.lab.readings import World
from tests.soak import month, policies
from tests.soak.recruits import Recruit, files, path_of


@dataclass
class Outside:
    """Apple, authors, and who runs the servers. *happened* says when each thing was done."""

    ground: Ground
    recruits: list[Recruit]
    happened: dict[str, datetime] = field(default_factory=dict)

    def publish(self) -> None:
        """The first commit; and what comes by hand."""
        self.ground.lab.cluster.kubectl("apply", "-n", TENANT, "-f", "-", stdin=policies.ASTRAY)
        self.commit(
            "Keep every device up to date", {**policies.files(policies.POLICIES), **files(self.recruits)}
        )

    def commit(self, message: str, changed: Mapping[str, str | None]) -> None:
        """A commit with these files; None deletes one."""
        self.ground.lab.repository.commit(message, changed)

    def edit(self, changed: dict[str, dict[str, Any]]) -> None:
        """A commit that changes policies."""
        self.commit(f"{', '.join(changed)}: anew", policies.files(changed))

    def relabel(self) -> None:
        """Those of a kind lose their labels."""
        changed = {path_of(r.name): r.manifest() for r in self._of("mac-relabelled")}
        self.commit("Kiosks are Macs like others now", changed)

    def drop(self) -> None:
        """Those of a kind go from Git."""
        self.commit(
            "Who is in the MDM is registered anyway", dict.fromkeys(map(path_of, self._named("mac-dropped")))
        )

    def skip(self) -> None:
        """Macs by the Fleet, iPhones by their policies."""
        skip = [{"platform": "macOS", "version": month.SKIPPED, "reason": "VPN panics"}]
        patch = json.dumps({"spec": {"skip": skip}})
        self.ground.lab.cluster.kubectl("patch", "fleet", TENANT, "-n", TENANT, "--type=merge", "-p", patch)
        self.edit(policies.skipping())

    def ship(self, change: Callable[[World, float], World]) -> None:
        """Apple lists something else from today on."""
        self.ground.ship(change(self.ground.world, self.ground.clock.day))

    def answer(self, answers: bool) -> None:
        """Apple's answers are empty, or not."""
        self.ground.answers = answers
        self.ground.list_today()

    def fail(self, fails: bool) -> None:
        """The MDM answers the operator with 503, or not."""
        self.ground.gateway.signal(gateway.FAIL if fails else gateway.WORK)

    def kill_operator(self) -> None:
        """Another one is started at once, and waits until the Lease is free."""
        self.ground.lab.operators[-1].kill()
        self.start_operator()

    def stop_operator(self) -> None:
        """It ends as it does when it is asked to."""
        self.ground.lab.operators[-1].stop()

    def start_operator(self) -> None:
        """Time is not fast until it acts: what takes seconds shall not take days."""
        speed, self.ground.speed = self.ground.speed, 1.0
        operator = self.ground.start_operator()
        operator.wait_until(lambda: "holding the Lease" in operator.log.read_text())
        self.ground.speed = speed

    def restart_mdm(self) -> None:
        """NanoHUB is killed and started again."""
        self.ground.lab.nanohub.restart()

    def _of(self, kind: str) -> list[Recruit]:
        return [recruit for recruit in self.recruits if recruit.kind.name == kind]

    def _named(self, kind: str) -> list[str]:
        return [recruit.name for recruit in self._of(kind)]


@dataclass(frozen=True, slots=True)
class Event:
    """What happens on a day, counted from the beginning."""

    day: float
    name: str
    act: Callable[[Outside], None]


#: Those that claims refer to.
WITHDRAWAL, SKIP = "26.2.1 is withdrawn from iPads", "26.3.1 is skipped on Macs and iPhones"

EVENTS = (
    Event(2.4, "26.2.1 lands on new Macs, iPhones and iPads", lambda o: o.ship(month.quick_fix)),
    Event(3.4, WITHDRAWAL, lambda o: o.ship(month.withdrawal)),
    Event(5.0, "a commit gives iPhones details", lambda o: o.edit(policies.explained())),
    Event(6.3, "Apple's answer is empty", lambda o: o.answer(False)),
    Event(7.0, "Apple's answer is whole again", lambda o: o.answer(True)),
    Event(7.5, "the MDM answers 503", lambda o: o.fail(True)),
    Event(8.5, "the MDM answers again", lambda o: o.fail(False)),
    Event(10.4, "26.3, 18.7.4, 15.7.4 and 14.8.4 land", lambda o: o.ship(month.great_release)),
    Event(10.9, "a commit raises the days of Apple TVs", lambda o: o.edit(policies.raised())),
    Event(11.5, "the operator is killed and started again", Outside.kill_operator),
    Event(12.0, "a commit relabels devices", Outside.relabel),
    Event(13.4, "26.3 for Macs is built anew", lambda o: o.ship(month.rebuild)),
    Event(14.0, "a commit pins the second build of 26.3", lambda o: o.edit(policies.pinned())),
    Event(14.5, "a commit drops devices", Outside.drop),
    Event(15.4, "26.3 (a) lands on iPads", lambda o: o.ship(month.improvement)),
    Event(16.0, "NanoHUB is killed and started again", Outside.restart_mdm),
    Event(17.4, "26.3.1 lands on new Macs and iPhones", lambda o: o.ship(month.bad_release)),
    Event(18.5, SKIP, Outside.skip),
    Event(19.4, "26.3.2 lands on new Macs and iPhones", lambda o: o.ship(month.last_release)),
    Event(21.0, "the operator is stopped", Outside.stop_operator),
    Event(23.5, "the operator is started again", Outside.start_operator),
)

#: How many days the month has.
DAYS = 30

"""What is left when a run is over: journals, logs, the cluster, the MDM. Claims are made of it."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from tests.lab.device import Device
from tests.lab.lab import HOME, TENANT, Lab
from tests.lab.protocol import ENFORCEMENT, SUBSCRIPTION
from tests.soak.recruits import Recruit

#: How our identifiers begin, and the logger of what is changed in the MDM.
OURS, AUDIT = "pomona-", "pomona.audit"


@dataclass(frozen=True, slots=True)
class Written:
    """A change that the operator made for one device, by its audit log; *deadline* has no zone."""

    at: datetime
    change: str
    device: str
    version: str
    build: str
    deadline: datetime
    policy: str
    commit: str
    message: str


@dataclass(frozen=True, slots=True)
class Picture:
    """What does not change while nothing happens: objects by kind and name, and what the MDM has of ours."""

    objects: Mapping[str, str]
    mdm: Mapping[str, Any]


@dataclass(frozen=True)
class Evidence:
    """All of it. *lives* are the simulated devices by their name, *shown* the Devices by theirs.

    *asked* is what the MDM has in force of ours, by enrollment; *enrollments* those that devices have now.
    *conditions* are the Fleet's, each with its status and reason. *pushes* are by enrollment. *restored* is
    what came to devices from outside, *everything* what the cluster has, as text. *lost* are the devices that
    NanoHUB's storage failed: see `lost_queues` and `half_fetched`.
    """

    recruits: list[Recruit]
    lives: Mapping[str, Device]
    enrollments: Mapping[str, str]
    shown: Mapping[str, Any]
    asked: Mapping[str, list[Mapping[str, Any]]]
    conditions: Mapping[str, str]
    logs: Mapping[str, str]
    pushes: Mapping[str, int]
    happened: Mapping[str, datetime]
    restored: Mapping[str, list[tuple[datetime, str]]]
    pictures: tuple[Picture, Picture]
    everything: str
    lost: frozenset[str]
    speed: float

    @cached_property
    def records(self) -> list[Mapping[str, Any]]:
        """What operators logged, line by line; what is no record, as a *stray* line."""
        return [record for log in self.logs.values() for record in _records(log)]

    @cached_property
    def written(self) -> Mapping[str, list[Written]]:
        """What was changed for each device, the oldest first."""
        found: dict[str, list[Written]] = {recruit.device: [] for recruit in self.recruits}
        names = {enrollment: name for name, enrollment in self.enrollments.items()}
        for record in self.records:
            if record.get("logger") == AUDIT and "failed" not in record:
                for device in record.get("devices") or [record["device"]]:
                    found.setdefault(names.get(device, device), []).append(_written(record, device))
        return {name: sorted(changes, key=lambda w: w.at) for name, changes in found.items()}


def _records(log: str) -> Iterator[Mapping[str, Any]]:
    for line in log.splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            yield {"stray": line}


def _written(record: Mapping[str, Any], device: str) -> Written:
    return Written(
        datetime.fromisoformat(record["ts"]).astimezone(UTC),
        record["change"],
        device,
        record["version"],
        record["build"],
        datetime.fromisoformat(record["deadline"]),
        record["policy"],
        record["commit"],
        record["msg"],
    )


def picture(lab: Lab) -> Picture:
    """Everything but the Lease."""
    found = lab.cluster.get("fleets,updatepolicies,devices", "-n", TENANT)["items"]
    found += [i for n in (HOME, TENANT) for i in lab.cluster.get("configmaps", "-n", n)["items"]]
    objects = {f"{i['kind']}/{i['metadata']['name']}": i["metadata"]["resourceVersion"] for i in found}
    with lab.nanohub.client() as mdm:
        declarations = sorted(mdm.get("/ddm/declarations").json() or ())
        enrollments = [i["spec"]["enrollment"] for i in found if i["kind"] == "Device"]
        sets = {e: sorted(mdm.get(f"/ddm/enrollment-sets/{e}").json() or ()) for e in enrollments}
    return Picture(objects, {"declarations": declarations, **sets})


def in_force(lab: Lab, of: Picture) -> dict[str, list[Mapping[str, Any]]]:
    """The payloads of our enforcements in the MDM, by enrollment."""
    with lab.nanohub.client() as mdm:
        known: dict[str, Mapping[str, Any]] = {}
        for name in of.mdm["declarations"]:
            found = mdm.get(f"/ddm/declarations/{name}").json()
            if name.startswith(OURS) and found["Type"] == ENFORCEMENT:
                known[name] = found["Payload"]
        sets = {s for e, listed in of.mdm.items() if e != "declarations" for s in listed}
        held = {s: mdm.get(f"/ddm/set-declarations/{s}").json() or () for s in sets}
    return {
        e: [known[d] for s in listed for d in held[s] if d in known]
        for e, listed in of.mdm.items()
        if e != "declarations"
    }


def pushed(lab: Lab) -> Mapping[str, int]:
    """How often each enrollment was pushed."""
    assert lab.apns
    return Counter(push.token.decode() for push in lab.apns.pushes)


def lost_queues(lab: Lab) -> frozenset[str]:
    """The enrollments whose queue NanoHUB broke: it has an end and no beginning, until they enroll anew.

    Its storage links commands without a lock, so one that comes just while the one before is acknowledged
    may cut the queue off.
    """
    folder = lab.folder / "db" / "mdm" / "queue"
    ends = {end: f".queuekey.queue.{end}" for end in ("first", "last")}
    found = {
        end: {path.name.removesuffix(suffix) for path in folder.rglob(f"*{suffix}")}
        for end, suffix in ends.items()
    }
    return frozenset(found["last"] - found["first"])


def half_fetched(recruits: Iterable[Recruit], lives: Mapping[str, Device]) -> frozenset[str]:
    """Of those to whom nothing special happened: who took declarations over, and holds no subscription now.

    Nobody takes a subscription away. NanoHUB's file storage walks a directory for the sets of a device; where
    a membership of another one is deleted meanwhile the walk ends, and the device gets what was found so far.
    """
    plain = [r.name for r in recruits if r.kind.answers and not r.kind.happenings]
    return frozenset(name for name in plain if lives[name].syncs and not _subscribed(lives[name]))


def _subscribed(life: Device) -> bool:
    return any(held.type == SUBSCRIPTION for held in life.held.values())

"""A fleet of Macs under the operator, for a bad day to happen to."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.lab.device import Profile
from tests.lab.fleet import Fleet, enrollment_id
from tests.lab.lab import HOME, TENANT, Lab, Operator, manifest
from tests.lab.protocol import ENFORCEMENT

#: Seconds between two steps of the devices.
STEP = 0.2

LIMIT = 60.0

LATEST: dict[str, Any] = {"latest": {}}


def mac(number: int, version: str = "26.1", build: str = "25B78") -> Profile:
    """A Mac that is one release behind."""
    return Profile(
        f"mac-{number:03}", f"C02MAC{number:03}", "J314sAP", "MacBookPro18,3", "macOS", version, build
    )


def a_policy(name: str = "macs", **spec: Any) -> str:
    """An UpdatePolicy for all Macs: the newest, at once."""
    known = {
        "platform": "macOS",
        "selector": {},
        "target": LATEST,
        "deadline": {"days": 0, "noticeDays": 0},
    }
    return manifest("UpdatePolicy", name, known | spec)


def a_device(profile: Profile, **labels: str) -> str:
    """A Device for this profile."""
    spec = {"enrollment": enrollment_id(profile.serial), "serialNumber": profile.serial}
    return manifest("Device", profile.name, spec, **labels)


def some_devices(profiles: Iterable[Profile]) -> str:
    """Devices for these profiles, in one file."""
    return "---\n".join(map(a_device, profiles))


def ours(names: Iterable[str] | None) -> list[str]:
    """Those names that begin as ours do; NanoHUB says null where there are none."""
    return sorted(name for name in names or () if name.startswith("pomona-"))


class Story:
    """What happens to one lab: commits, states that must be reached, and what the MDM holds of ours."""

    def __init__(self, lab: Lab, fleet: Fleet, mdm: httpx.Client) -> None:
        self.lab = lab
        self.fleet = fleet
        self._mdm = mdm

    def commit(self, files: Mapping[str, str | bytes | None]) -> str:
        """Commit these files below the path that the Fleet reads."""
        return self.lab.repository.commit(
            "a change", {f"policies/{name}": text for name, text in files.items()}
        )

    async def begin(self, profiles: Iterable[Profile], *flags: str, **fleet: Any) -> Operator:
        """Enroll the devices, commit them with one policy, make the Fleet, start the operator."""
        listed = list(profiles)
        files = {"policy.yaml": a_policy(), "devices.yaml": some_devices(listed)}
        return await self.begin_with(files, listed, *flags, **fleet)

    async def begin_with(
        self, files: Mapping[str, str], profiles: Iterable[Profile], *flags: str, **fleet: Any
    ) -> Operator:
        """Enroll the devices, commit these files, make the Fleet, start the operator."""
        await self.fleet.enroll(profiles)
        self.commit(files)
        self.lab.make_fleet(**fleet)
        return self.lab.start_operator(*flags)

    async def begin_without_git(self, profiles: Iterable[Profile], *flags: str) -> Operator:
        """The same, where kubectl brings the policy and the Devices."""
        listed = list(profiles)
        await self.fleet.enroll(listed)
        self.lab.make_fleet(git=None)
        self.lab.cluster.kubectl(
            "apply", "-n", TENANT, "-f", "-", stdin=a_policy() + "---\n" + some_devices(listed)
        )
        return self.lab.start_operator(*flags)

    async def until(self, condition: Callable[[], bool], what: str, limit: float = LIMIT) -> None:
        """Wait for something, without stopping the devices; *what* is said when it does not come."""
        until = asyncio.get_running_loop().time() + limit
        while not await asyncio.to_thread(condition):
            assert asyncio.get_running_loop().time() < until, f"{what}: {self.picture()}"
            await asyncio.sleep(0.1)

    async def until_all(self, key: str, value: str, limit: float = LIMIT) -> None:
        """Wait until this key of every Device's status is *value*."""
        await self.until(lambda: set(self.lab.column(key).values()) == {value}, f"all {key}={value}", limit)

    async def until_condition(self, kind: str, status: str, reason: str) -> str:
        """Wait for a condition of the Fleet; its message."""

        def holds() -> bool:
            found = self.lab.condition(kind)
            return (found.get("status"), found.get("reason")) == (status, reason)

        await self.until(holds, f"{kind}={status} {reason}")
        return str(self.lab.condition(kind)["message"])

    async def until_logged(self, text: str, times: int = 1) -> None:
        """Wait until the last operator has logged this so often."""
        log = self.lab.operators[-1].log
        await self.until(lambda: log.read_text().count(text) >= times, text)

    def holds(self, profile: Profile) -> bool:
        """Does this device hold an enforcement?"""
        return bool(self.fleet.device(profile.name).active(ENFORCEMENT))

    def picture(self) -> str:
        """What a person would look at, for a failing test."""
        log = self.lab.operators[-1].tail(15) if self.lab.operators else ""
        shown = self.lab.cluster.kubectl("get", "fleets,updatepolicies,devices", "-n", TENANT, "-o", "wide")
        return f"\n{shown}\n{log}"

    def ours(self) -> list[str]:
        """The declarations on the MDM that begin as ours do."""
        return ours(self._mdm.get("/ddm/declarations").json())

    async def until_each_has_its_own(self, profiles: Iterable[Profile]) -> None:
        """Wait until each has one enforcement: the same on the MDM, in its hands, and in its status."""
        await self.until(lambda: self._each_has_its_own(profiles), "each has its own enforcement")

    def _each_has_its_own(self, profiles: Iterable[Profile]) -> bool:
        shown = self.lab.devices()
        return all(self._has_its_own(profile, shown.get(profile.name, {})) for profile in profiles)

    def _has_its_own(self, profile: Profile, shown: Mapping[str, Any]) -> bool:
        if shown.get("progress") != "Prepared":
            return False
        held = [enforcement.payload for enforcement in self.fleet.device(profile.name).active(ENFORCEMENT)]
        promised = [(e["TargetOSVersion"], e["TargetLocalDateTime"]) for e in held]
        return held == self.enforcements(profile) and promised == [
            (shown["target"]["version"], shown["deadline"])
        ]

    def enforcements(self, profile: Profile) -> list[dict[str, Any]]:
        """The payloads of our enforcements that the MDM would give this device now."""
        sets = self.sets(profile)
        names = [n for s in sets for n in self._mdm.get(f"/ddm/set-declarations/{s}").json() or ()]
        documents = [self._mdm.get(f"/ddm/declarations/{name}").json() for name in names]
        return [document["Payload"] for document in documents if document["Type"] == ENFORCEMENT]

    def sets(self, profile: Profile) -> list[str]:
        """The sets of ours that this device is in."""
        return ours(self._mdm.get(f"/ddm/enrollment-sets/{enrollment_id(profile.serial)}").json())

    def versions(self) -> dict[str, tuple[str, str]]:
        """The resourceVersion of every object of ours but the Lease."""
        found = self.lab.cluster.get("fleets,updatepolicies,devices", "-n", TENANT)["items"]
        found += [i for n in (HOME, TENANT) for i in self.lab.cluster.get("configmaps", "-n", n)["items"]]
        return {
            f"{item['kind']}/{item['metadata']['name']}": (
                item["metadata"]["uid"],
                item["metadata"]["resourceVersion"],
            )
            for item in found
        }

    def wanted(self) -> dict[str, tuple[str, int, str]]:
        """What Git brought: by kind and name, which object, which generation of it, and from which commit."""
        found = self.lab.cluster.get("updatepolicies,devices", "-n", TENANT)["items"]
        return {
            f"{item['kind']}/{item['metadata']['name']}": (
                item["metadata"]["uid"],
                item["metadata"]["generation"],
                item["metadata"].get("annotations", {}).get("pomona.dev/commit", ""),
            )
            for item in found
        }

    def tracebacks(self) -> str:
        """Every log of an operator that holds a traceback."""
        logs = (operator.log.read_text() for operator in self.lab.operators)
        return "\n".join(log for log in logs if "Traceback" in log)


@asynccontextmanager
async def telling(lab: Lab) -> AsyncIterator[Story]:
    """A story in this lab, its devices stepping on in the background; no operator has failed in the end."""
    over = asyncio.Event()
    async with Fleet(
        lab.nanohub.url,
        lab.authority,
        lambda model: lab.world.offered(model),
        datetime.now(UTC),
        push=lab.apns,
    ) as fleet:
        steps = asyncio.create_task(_go_on(fleet, over))
        try:
            with lab.nanohub.client() as mdm:
                story = Story(lab, fleet, mdm)
                yield story
                assert story.tracebacks() == ""
        finally:
            over.set()
            await steps


async def _go_on(fleet: Fleet, over: asyncio.Event) -> None:
    """Step by step; the last one is not cut off, since its requests would leave their sockets open."""
    while not over.is_set():
        await fleet.step()
        with suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), STEP)

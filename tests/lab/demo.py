"""`make demo`: the main job, live, on real parts.

A commit becomes enforcements, the devices download and install, their reports come back, and what is done is
taken away again. One of them lacks its token, one has no space, one says nothing, one is wiped. Then Apple
ships, and a commit moves the canaries first.
"""

import argparse
import asyncio
import io
import re
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from tests.lab.charted import Charted
from tests.lab.demo_devices import DEVICES
from tests.lab.device import Behaviour
from tests.lab.ground import Ground, ground, parts
from tests.lab.lab import HOME, ROOT, TENANT, Lab
from tests.lab.parts import BuildFailed
from tests.lab.readings import NEW_MACS, NEW_PHONES, PADS, WORLD
from tests.lab.waiting import StillNot, eventually

#: Seconds between two looks at the cluster.
LOOK = 0.7

#: How fast time passes while nothing but that is waited for: two days in three seconds.
QUICK = 60_000.0

HALF_A_DAY = timedelta(hours=12)

_COLOURS = {
    "UpToDate": "green",
    "Enforced": "yellow",
    "NoReport": "bright_black",
    "NoPolicy": "bright_black",
}
_WORKING = ("Waiting", "Downloading", "Prepared", "Installing")


class Demo:
    """The story, told while it happens."""

    def __init__(self, ground: Ground, console: Console, *, helm: bool = False) -> None:
        self._ground = ground
        self._lab = ground.lab
        self._fleet = ground.fleet
        self._console = console
        self._helm = helm
        self._started = time.monotonic()
        self._told: list[Text] = []
        self.devices: Mapping[str, Any] = {}

    async def tell(self) -> None:
        """The whole story, once the operator runs; `StillNot` where it does not go on."""
        self._lab.make_fleet(mdm=self._ground.url)
        files = {f"policies/{path.name}": path.read_text() for path in (ROOT / "policies").glob("*.yaml")}
        commit = self._lab.repository.commit("Keep every device up to date", files)
        self._say(f"a commit arrives: {commit[:10]} Keep every device up to date")
        await self._until(lambda: len(self.devices) == len(DEVICES), "Devices are in the cluster")
        await self._fleet.enroll(profile for profile, _ in DEVICES)
        self._say("its 12 devices enroll in NanoHUB, are told to report, and the webhook says when they did")
        await self._until(
            lambda: self._all("reason", lambda reason: reason not in ("", "NoReport")), "reported"
        )
        self._say(
            f"{self._count('Enforced')} are behind: one declaration each, with the notice of its policy"
        )
        await self._until(lambda: self._enforced_are("Prepared"), "all have downloaded")
        await self._warn()
        await self._let_install()
        await self._ship()
        await self._begin_anew()

    async def start(self) -> None:
        """The operator starts: as a command, or as Helm installs it."""
        if not self._helm:
            self._say("the operator starts:  pomona run")
            self._ground.start_operator()
            return
        charted = Charted(self._lab, self._ground.program)
        self._lab.make_tenant()
        self._say(await asyncio.to_thread(charted.install))
        operator = await asyncio.to_thread(charted.start)
        self._say("the operator starts with what its Deployment says and the rights of its service account")
        phase = await asyncio.to_thread(charted.test, operator)
        self._say(f"helm test pomona -n {HOME}:  {phase}")

    async def _warn(self) -> None:
        """What would fail at the deadline is said before it."""
        await self._until(lambda: self._needs("mba-nia", "BootstrapToken"), "the missing token is seen")
        self._say("mba-nia could not install by itself: nobody escrowed its bootstrap token")
        await self._fleet.escrow("mba-nia")
        await self._until(lambda: not self._needs("mba-nia"), "the warning goes")
        self._say("it is escrowed, and the warning goes; users are warned until the deadline")

    async def _let_install(self) -> None:
        """Days pass; one device has no space at first, one says nothing for days."""
        self._fleet.behave("iphone-gus", Behaviour(silent_after=self._ground.clock()))
        due = datetime.fromisoformat(self.devices["mba-dan"]["deadline"]).replace(tzinfo=UTC)
        self._ground.speed = QUICK
        await self._until(lambda: self._ground.clock() > due - HALF_A_DAY, "its deadline is near")
        # Half a day after its deadline it would be overdue, which is worse than having no space.
        self._ground.speed = QUICK / 10
        await self._until(lambda: self._needs("mba-dan", "Space"), "one has no space")
        self._ground.speed = QUICK
        self._say("days pass: devices install at their deadlines; mba-dan has no space, and tries again")
        await self._until(lambda: self._needs("iphone-gus", "Overdue", "Silent"), "one is silent")
        await self._until(lambda: self._enforced() == {"iphone-gus"}, "all others have installed")
        self._say("all run what is asked for, and let go, but iphone-gus, which says nothing: it is off")
        self._fleet.behave("iphone-gus", Behaviour())
        await self._until(lambda: not self._enforced(), "it has installed, too")
        self._ground.speed = 1
        self._say("it is switched on, and installs within the hour")
        await self._until(lambda: self._all("progress", lambda progress: not progress), "all have let go")

    async def _ship(self) -> None:
        """Apple ships; canaries follow, iPhones by policy and Macs by a commit, and gates hold the others."""
        today = self._ground.clock().date()
        world = WORLD.release("26.3", "25D125", today, NEW_MACS)
        self._ground.ship(world.release("26.3", "23D127", today, (*NEW_PHONES, *PADS)))
        self._say("Apple ships 26.3: the canary iPhone is asked for it, the others wait at their gate")
        await self._until(lambda: self._asked_for("26.3") == 1, "the canary iPhone is asked for 26.3")
        policy = (ROOT / "policies" / "macs.yaml").read_text()
        raised = policy.replace('version: "26.2"', 'version: "26.3"', 1)
        commit = self._lab.repository.commit("Canaries to 26.3", {"policies/macs.yaml": raised})
        self._say(f"a commit moves the canary Macs first: {commit[:10]} Canaries to 26.3")
        await self._until(lambda: self._asked_for("26.3") == 3, "canaries are asked for 26.3")
        await self._until(lambda: self._enforced_are(*_WORKING), "they download it")
        self._say("the other Macs wait until the canaries have run it for two days")

    async def _begin_anew(self) -> None:
        """A canary is wiped while it is asked for something."""
        name = max(n for n in self._enforced() if self.devices[n]["reported"]["platform"] == "macOS")
        before = self.devices[name]["reported"]["enrolled"]
        await self._fleet.wipe(name)

        def has_begun_anew() -> bool:
            known = self.devices[name].get("reported", {})
            return known.get("enrolled", before) > before and self._enforced_are(*_WORKING)

        await self._until(has_begun_anew, "it is asked anew")
        self._say(f"{name} is wiped and enrolls again: its promise is over, and it is promised anew")

    async def watch(self) -> None:
        """Look at the cluster again and again, as `kubectl get devices -w` would."""
        with Live(console=self._console, refresh_per_second=8, transient=True) as live:
            while True:
                found = await asyncio.to_thread(self._lab.cluster.get, "devices", "-n", TENANT)
                self.devices = {d["metadata"]["name"]: d.get("status", {}) for d in found["items"]}
                live.update(self.picture())
                await asyncio.sleep(LOOK)

    def picture(self) -> Group:
        """The story so far, and the devices."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in ("NAME", "OS", "REASON", "TARGET", "DEADLINE", "PROGRESS", "POLICY", "ATTENTION"):
            table.add_column(column, no_wrap=True)
        for name, status in sorted(self.devices.items()):
            reason = status.get("reason", "")
            table.add_row(
                name,
                status.get("reported", {}).get("version", ""),
                Text(reason, _COLOURS.get(reason, "cyan")),
                status.get("target", {}).get("version", ""),
                status.get("deadline", ""),
                status.get("progress", ""),
                status.get("policy", ""),
                Text(status.get("attention", {}).get("reason", ""), "red"),
            )
        return Group(Panel(Text("\n").join(self._told), title="Pomona", title_align="left"), table)

    def _say(self, text: str) -> None:
        seconds = time.monotonic() - self._started
        self._told.append(Text.assemble((f"{seconds:5.1f} s  ", "bright_black"), text))
        if not self._console.is_terminal:
            self._console.print(self._told[-1])

    async def _until(self, condition: Callable[[], bool], what: str) -> None:
        await eventually(condition, 60, what)

    def _all(self, key: str, holds: Callable[[str], bool]) -> bool:
        return all(holds(status.get(key, "")) for status in self.devices.values())

    def _count(self, reason: str) -> int:
        return sum(status.get("reason") == reason for status in self.devices.values())

    def _enforced(self) -> set[str]:
        return {name for name, status in self.devices.items() if status.get("reason") == "Enforced"}

    def _enforced_are(self, *progress: str) -> bool:
        enforced = self._enforced()
        return bool(enforced) and all(self.devices[name].get("progress") in progress for name in enforced)

    def _needs(self, name: str, *reasons: str) -> bool:
        """Does this device need a person, for one of these reasons, or for any?"""
        reason = self.devices[name].get("attention", {}).get("reason", "")
        return reason in reasons if reasons else bool(reason)

    def _asked_for(self, version: str) -> int:
        return sum(status.get("target", {}).get("version") == version for status in self.devices.values())


async def play(console: Console, *, helm: bool, keep: bool, picture: Path | None) -> None:
    """Start everything, tell the story, show what kubectl shows, stop everything."""
    console.print("starting etcd, kube-apiserver, NanoHUB and a lookup service …", style="bright_black")
    with parts(installed=not helm) as (lab, events):
        async with ground(lab, events) as everything:
            over, demo = asyncio.Event(), Demo(everything, console, helm=helm)
            await demo.start()
            walking = [asyncio.create_task(everything.go_on(over)), asyncio.create_task(demo.watch())]
            try:
                await demo.tell()
                if keep:
                    await _keep(lab, console)
            finally:
                over.set()
                walking[1].cancel()
                await asyncio.wait(walking)
        if console.is_terminal:
            console.print(demo.picture())
        if picture:
            _draw(demo, picture)
        console.print()
        console.print("$ kubectl get fleets,updatepolicies,devices", style="bold")
        sys.stdout.write(lab.cluster.kubectl("get", "fleets,updatepolicies,devices", "-n", TENANT))


async def _keep(lab: Lab, console: Console) -> None:
    """Leave everything running until Ctrl-C."""
    console.print(f"\nLook around:  export KUBECONFIG={lab.cluster.kubeconfig}")
    console.print(f"              kubectl get fleets,updatepolicies,devices -n {TENANT} -o wide")
    console.print(f"Commit:       git clone {lab.repository.bare}")
    console.print("Stop:         Ctrl-C")
    await asyncio.Event().wait()


def _draw(demo: Demo, path: Path) -> None:
    """Draw the end of the story, for the README; without the fonts that it would fetch from the web."""
    canvas = Console(record=True, width=118, file=io.StringIO(), force_terminal=True)
    canvas.print(demo.picture())
    form = re.sub(r"@font-face \{\{.*?\}\}\n", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    form = re.sub(r"<!--.*?-->\n", "", form).replace("Fira Code, ", "")
    path.write_text(canvas.export_svg(title="make demo", code_format=form))


def main() -> int:
    """Run the demo; 0 when the story came to its end."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--helm", action="store_true", help="let Helm install the operator")
    parser.add_argument("--keep", action="store_true", help="leave everything running until Ctrl-C")
    parser.add_argument("--picture", type=Path, help="draw the end of the story into this SVG")
    options = parser.parse_args()
    console = Console()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with suppress(KeyboardInterrupt):
            asyncio.run(play(console, helm=options.helm, keep=options.keep, picture=options.picture))
    except (BuildFailed, StillNot) as error:
        console.print(f"the demo did not come to its end: {error}", style="red")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

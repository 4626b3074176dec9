"""`make demo`: the main job, live, on real parts.

A commit becomes enforcements, the devices download and install, their reports come back, and what is done is
taken away again. Then Apple ships, and a commit moves the canaries first.
"""

import argparse
import asyncio
import io
import re
import signal
import sys
import tempfile
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

from tests.lab.demo_devices import DEVICES
from tests.lab.fleet import Fleet
from tests.lab.lab import ROOT, TENANT, Lab
from tests.lab.parts import BuildFailed
from tests.lab.readings import NEW_MACS, NEW_PHONES, PADS, WORLD
from tests.lab.waiting import StillNot, eventually

#: Seconds between two steps of the devices, and between two looks at the cluster.
STEP, LOOK = 0.4, 0.7

_COLOURS = {
    "UpToDate": "green",
    "Enforced": "yellow",
    "NoReport": "bright_black",
    "NoPolicy": "bright_black",
}
_WORKING = ("Waiting", "Downloading", "Prepared", "Installing")


class Demo:
    """The story, told while it happens."""

    def __init__(self, lab: Lab, fleet: Fleet, console: Console) -> None:
        self._lab = lab
        self._fleet = fleet
        self._console = console
        self._started = time.monotonic()
        self._told: list[Text] = []
        self.devices: Mapping[str, Any] = {}

    async def tell(self) -> None:
        """The whole story; `StillNot` where it does not go on."""
        self._say("12 devices are enrolled in NanoHUB; most of them are behind")
        await self._fleet.enroll(profile for profile, _ in DEVICES)
        self._say("the operator starts:  pomona run")
        self._lab.start_operator()
        self._lab.make_fleet()
        files = {f"policies/{path.name}": path.read_text() for path in (ROOT / "policies").glob("*.yaml")}
        commit = self._lab.repository.commit("Keep every device up to date", files)
        self._say(f"a commit arrives: {commit[:10]} Keep every device up to date")
        await self._until(lambda: len(self.devices) == len(DEVICES), "Devices are in the cluster")
        self._say("each device is told to report, and says what it runs")
        await self._until(
            lambda: self._all("reason", lambda reason: reason not in ("", "NoReport")), "reported"
        )
        self._say(
            f"{self._count('Enforced')} are behind: one declaration each, with the notice of its policy"
        )
        await self._until(lambda: self._enforced_are("Prepared"), "all have downloaded")
        self._say("downloaded and prepared; their users are warned until the deadline")
        self._pass_deadlines()
        hours = asyncio.create_task(self._let_hours_pass())
        await self._until(lambda: self._count("Enforced") == 0, "all have installed")
        hours.cancel()
        self._say("all run what is asked for; their declarations are withdrawn")
        await self._until(lambda: self._all("progress", lambda progress: not progress), "all have let go")
        await self._ship()

    def _pass_deadlines(self) -> None:
        """The devices' clocks go on until the last deadline has passed."""
        deadlines = (s["deadline"] for s in self.devices.values() if s.get("reason") == "Enforced")
        last = datetime.fromisoformat(max(deadlines)).replace(tzinfo=UTC)
        days = (last - self._fleet.now).days + 1
        self._fleet.advance(timedelta(days=days))
        self._say(f"{days} days pass on the devices: they install, one after two failures")

    async def _ship(self) -> None:
        """Apple ships; canaries follow, iPhones by policy and Macs by a commit, and gates hold the others."""
        today = datetime.now(UTC)
        self._fleet.now = today
        world = WORLD.release("26.3", "25D125", today.date(), NEW_MACS)
        world = world.release("26.3", "23D127", today.date(), (*NEW_PHONES, *PADS))
        self._lab.ship(world)
        self._say("Apple ships 26.3: the canary iPhone is asked for it, the others wait at their gate")
        await self._until(lambda: self._asked_for("26.3") == 1, "the canary iPhone is asked for 26.3")
        policy = (ROOT / "policies" / "macs.yaml").read_text()
        raised = policy.replace('version: "26.2"', 'version: "26.3"', 1)
        commit = self._lab.repository.commit("Canaries to 26.3", {"policies/macs.yaml": raised})
        self._say(f"a commit moves the canary Macs first: {commit[:10]} Canaries to 26.3")
        await self._until(lambda: self._asked_for("26.3") == 3, "canaries are asked for 26.3")
        await self._until(lambda: self._enforced_are(*_WORKING), "they download it")
        self._say("the other Macs wait until the canaries have run it for two days")

    async def _let_hours_pass(self) -> None:
        """A device whose update failed tries again an hour later."""
        while True:
            self._fleet.advance(timedelta(hours=1))
            await asyncio.sleep(STEP)

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

    def _enforced_are(self, *progress: str) -> bool:
        enforced = [s for s in self.devices.values() if s.get("reason") == "Enforced"]
        return bool(enforced) and all(status.get("progress") in progress for status in enforced)

    def _asked_for(self, version: str) -> int:
        return sum(status.get("target", {}).get("version") == version for status in self.devices.values())


async def play(console: Console, *, keep: bool, picture: Path | None) -> None:
    """Start everything, tell the story, show what kubectl shows, stop everything."""
    with tempfile.TemporaryDirectory(prefix="pomona-demo-") as folder:
        console.print("starting etcd, kube-apiserver, NanoHUB and a lookup service …", style="bright_black")
        with Lab(Path(folder)) as lab:
            fleet = Fleet(
                lab.nanohub.url, lab.authority, lambda model: lab.world.offered(model), datetime.now(UTC)
            )
            demo = Demo(lab, fleet, console)
            walking = [asyncio.create_task(fleet.run(STEP)), asyncio.create_task(demo.watch())]
            try:
                await demo.tell()
                if keep:
                    await _keep(lab, console)
            finally:
                for task in walking:
                    task.cancel()
                await asyncio.wait(walking)
                await fleet.close()
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
    parser.add_argument("--keep", action="store_true", help="leave everything running until Ctrl-C")
    parser.add_argument("--picture", type=Path, help="draw the end of the story into this SVG")
    options = parser.parse_args()
    console = Console()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with suppress(KeyboardInterrupt):
            asyncio.run(play(console, keep=options.keep, picture=options.picture))
    except (BuildFailed, StillNot) as error:
        console.print(f"the demo did not come to its end: {error}", style="red")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

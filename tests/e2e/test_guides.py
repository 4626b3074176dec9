"""The guides are followed to the letter, on an API server and a NanoHUB of their own."""

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.e2e.days.story import mac, ours
from tests.lab import parts
from tests.lab.charted import Charted
from tests.lab.cluster import KubectlFailed
from tests.lab.fleet import Fleet, enrollment_id
from tests.lab.lab import HOME, ROOT, Lab
from tests.lab.waiting import wait_until

GUIDE = (ROOT / "docs" / "first-install.md").read_text()
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()

MACS = [mac(number) for number in range(3)]

#: Seconds between two steps of the devices, which ask for commands by themselves every so often.
STEP, PATIENCE = 0.2, timedelta(seconds=2)

PERSON = {
    f"GIT_{who}_{what}": "it@acme.example" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
}


def steps() -> Iterator[list[str]]:
    """What is typed in each of the guide's steps, block by block."""
    for step in re.split(r"^## \d\. ", GUIDE, flags=re.MULTILINE)[1:]:
        yield blocks(step)


def blocks(text: str) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


@dataclass
class Desk:
    """The shell in which the guide is followed, in a folder with the charts."""

    lab: Lab
    folder: Path

    def __post_init__(self) -> None:
        self.charted = Charted(self.lab, self.lab.program)
        (self.folder / "charts").symlink_to(ROOT / "charts")
        (self.folder / "api.key").write_text(self.lab.nanohub.api_key)
        programs = self.folder / "bin"
        programs.mkdir()
        (programs / "helm").symlink_to(parts.path_of("helm"))
        path = os.pathsep.join((str(programs), str(Path(sys.executable).parent), os.environ["PATH"]))
        kubeconfig = self.folder / "kubeconfig"
        kubeconfig.write_bytes(self.lab.cluster.kubeconfig.read_bytes())
        home = {"HOME": str(self.folder), "GIT_CONFIG_NOSYSTEM": "1"}
        self._environment = {"PATH": path, "KUBECONFIG": str(kubeconfig), **home, **PERSON}

    async def type(self, block: str) -> str:
        """Type a block as it stands, but for the addresses; what it printed."""
        script = self._here(block)
        shell = await asyncio.create_subprocess_exec(
            *("bash", "-euo", "pipefail", "-c", script),
            cwd=self.folder,
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await shell.communicate()
        assert shell.returncode == 0, f"{script}\n{said.decode()}\n{self._log()}"
        return said.decode()

    def _here(self, block: str) -> str:
        """What a lab has otherwise: its addresses, its certificates, and that nobody wants to wait."""
        values = self.charted.write_values() if "install pomona " in block else ""
        for there, here in (
            ("https://mdm.acme.example", self.lab.nanohub.url),
            ("https://git.acme.example/it/updates.git", self.lab.repository.url),
            ("install pomona charts/pomona", f"install pomona charts/pomona --values {values}"),
            ("  path: policies", "  path: policies\n  interval: 1s"),
            ("c02xk1abcd", enrollment_id(MACS[0].serial).lower()),
        ):
            block = block.replace(there, here)
        return block

    def run_pod(self) -> None:
        """What controllers and a kubelet do once there is a Deployment: run its pod, and say so."""
        wait_until(self._is_deployed, what="the Deployment")
        self.charted.bring_roots()
        self.charted.start()
        deployment = self.lab.cluster.get("deployment", "pomona", "-n", HOME)
        counts = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), 1)
        status = {"status": counts | {"observedGeneration": deployment["metadata"]["generation"]}}
        patch = ("--subresource=status", "--type=merge", "-p", json.dumps(status))
        self.lab.cluster.kubectl("patch", "deployment", "pomona", "-n", HOME, *patch)

    def point_nanohub(self) -> None:
        """Start NanoHUB anew with the webhook's URL, as the guide says."""
        self.lab.token = (self.folder / "webhook.token").read_text()
        self.lab.nanohub.webhook_url = self.lab.webhook_url(self.lab.operators[0], self.lab.token)
        self.lab.nanohub.restart()

    def written(self) -> list[str]:
        """The declarations of ours on the MDM."""
        with self.lab.nanohub.client() as mdm:
            return ours(mdm.get("/ddm/declarations").json())

    def _log(self) -> str:
        return self.lab.operators[-1].tail() if self.lab.operators else "no operator was started"

    def _is_deployed(self) -> bool:
        try:
            self.lab.cluster.get("deployment", "pomona", "-n", HOME)
        except KubectlFailed:
            return False
        return True


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """An empty cluster, and a NanoHUB with enrolled devices that check in now and then."""
    (tmp_path / "lab").mkdir()
    (tmp_path / "desk").mkdir()
    with Lab(tmp_path / "lab", storage="file", pushes=True, installed=False) as lab:
        async with Fleet(
            lab.nanohub.url,
            lab.authority,
            lambda model: lab.world.offered(model),
            datetime.now(UTC),
            push=lab.apns,
            patience=PATIENCE,
        ) as fleet:
            await fleet.enroll(MACS)
            over = asyncio.Event()
            walking = asyncio.create_task(go_on(fleet, over))
            yield Desk(lab, tmp_path / "desk")
            over.set()
            await walking


async def go_on(fleet: Fleet, over: asyncio.Event) -> None:
    while not over.is_set():
        fleet.now = datetime.now(UTC)
        await fleet.step()
        with suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), STEP)


async def test_from_an_empty_cluster_to_the_first_update_and_back(desk: Desk) -> None:
    await follow(desk)
    *on_bad_days, retiring, cleaning = blocks(OPERATIONS)

    said = "".join([await desk.type(block) for block in on_bad_days])
    assert "held until 2026-12-31 is over: Board roadshow" in said
    assert (desk.folder / "q3.csv").read_text().startswith("device,serialNumber,")
    await desk.type("kubectl wait device c02xk1abcd --for=jsonpath='{.status.reason}'=Held --timeout=60s")

    await desk.type(retiring)
    assert desk.written() == []
    assert "mac" in (await desk.type("kubectl get devices,updatepolicies"))
    await desk.type(cleaning)
    with pytest.raises(KubectlFailed, match="the server doesn't have a resource type"):
        desk.lab.cluster.kubectl("get", "fleets")


async def follow(desk: Desk) -> None:
    operator, tenant, webhook, commit, acting, update = steps()

    pod = asyncio.create_task(asyncio.to_thread(desk.run_pod))
    for block in operator:
        await desk.type(block)
    await pod

    shown = [await desk.type(block) for block in tenant][-1]
    assert re.search(r"acme +True .* true ", shown)

    await asyncio.to_thread(desk.point_nanohub)
    shown = [await desk.type(block) for block in webhook][-1]
    assert shown.count("NoReport") == len(MACS)

    shown = [await desk.type(block) for block in commit][-1]
    assert "updatepolicy.pomona.dev/macs" in shown
    assert desk.written() == []

    shown, planned = [await desk.type(block) for block in acting]
    assert shown.count("Suspended") == len(MACS)
    assert f"{len(MACS)} of {len(MACS)} devices would change" in planned
    assert len(desk.written()) == 2

    [shown] = [await desk.type(block) for block in update]
    assert re.findall(r"Enforced +26\.2", shown) == ["Enforced   26.2"] * len(MACS)

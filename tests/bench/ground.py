"""What the benchmarks share; each part is made when it is first asked for."""

import asyncio
import json
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import yaml

from controller.adapters.kube.access import Access, read_access
from tests.bench.fleet import Inputs, a_fleet
from tests.bench.history import History, lab_history, recorded_history
from tests.bench.policies import fifty, to_policy
from tests.bench.seeding import seed
from tests.bench.settled import Settled, settle
from tests.lab.lab import TENANT, Lab
from tests.lab.nanohub import NanoHub
from tests.lab.pki import Authority

#: So many Devices are in the lab's cluster.
DEVICES = 10_000


class Ground:
    """*folder* is for whatever files a benchmark needs."""

    namespace = TENANT

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self._stack = stack

    @cached_property
    def history(self) -> History:
        """What plans are made by."""
        return recorded_history()

    @cached_property
    def history_file(self) -> Path:
        """The same, for a process of its own."""
        path = self.folder / "history.json"
        path.write_text(json.dumps(self.history.to_document()))
        return path

    @cached_property
    def fleet(self) -> Inputs:
        """The devices in the lab's cluster, and the policies for them."""
        return a_fleet(DEVICES, lab_history(datetime.now(UTC)))

    @cached_property
    def lab(self) -> Lab:
        """The real parts, all Devices in the cluster with what they have reported, fifty policies in Git.

        There is no Fleet yet, and NanoHUB knows nobody.
        """
        folder = self.make_folder("lab")
        lab = self._stack.enter_context(Lab(folder, pushes=True))
        asyncio.run(seed(read_access(str(lab.cluster.kubeconfig)), self.namespace, self.fleet))
        policies = [to_policy(*policy) for policy in fifty(self.fleet.known.catalog)]
        lab.repository.commit("Fifty policies", {"policies/all.yaml": yaml.safe_dump_all(policies)})
        return lab

    @cached_property
    def settled(self) -> Settled:
        """The lab once its Fleet is at rest."""
        return asyncio.run(settle(self.lab, self.fleet))

    @cached_property
    def authority(self) -> Authority:
        """Who signs the certificates of the devices of `nanohub`."""
        return Authority()

    @cached_property
    def nanohub(self) -> NanoHub:
        """One for a single benchmark, storage inmem."""
        folder = self.make_folder("nanohub")
        return self._stack.enter_context(NanoHub(folder, self.authority))

    def make_folder(self, name: str) -> Path:
        """A new folder, which is removed at the end."""
        folder = self.folder / name
        folder.mkdir()
        return folder

    def access(self) -> Access:
        """An administrator's way to the lab's API server."""
        return read_access(str(self.lab.cluster.kubeconfig))

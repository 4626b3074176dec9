"""How long a commit takes to be applied that changes few of many files, beside what it is made of."""

import asyncio
import os
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from controller.adapters.git import Credentials, GitRepository, Origin, parse_ref
from controller.adapters.kube.access import read_access
from controller.adapters.kube.cluster import Kube
from controller.adapters.kube.paths import MANAGER, single
from controller.adapters.manifests import ManifestReader
from controller.domain.fleets import Brake
from controller.publish import Published, Publisher, Source
from controller.workers import for_each
from tests.bench.figures import Benchmark, Figure, Target
from tests.bench.ground import Ground
from tests.bench.listening import listening
from tests.bench.rounds import in_turns
from tests.lab.cluster import Cluster
from tests.lab.git_server import GitServer
from tests.lab.installed import are_served
from tests.lab.lab import ROOT, TENANT, manifest
from tests.lab.pki import Authority
from tests.lab.repository import Repository
from tests.lab.waiting import wait_until

FILES, CHANGED, ROUNDS, WORKERS = 10_000, 10, 5, 8

SOURCE = Source(TENANT, TENANT, prune=True, brake=Brake())


def a_device(name: str, ring: str) -> str:
    spec = {"enrollment": f"00008112-{name}", "serialNumber": name.upper()}
    return manifest("Device", name, spec, ring=ring, site="berlin", department="design")


class Commits:
    """One repository over https, commit after commit, and its publisher."""

    def __init__(self, folder: Path, server: GitServer, authority: Authority, kube: Kube) -> None:
        self._work = Repository(folder)
        self._url = server.url("updates.git")
        self._folder, self._ca = folder, folder / "ca.pem"
        self._ca.write_text(authority.pem)
        self._kube = kube
        self._publisher = Publisher(kube, ManifestReader())
        credentials = Credentials(ca_pem=authority.pem)
        origin = Origin(self._url, parse_ref({"branch": "main"}), "devices", credentials)
        self._repository = GitRepository(origin, allow_file=False)
        self._number = 0

    async def begin(self) -> float:
        """Everything is new: seconds until it is applied; and some Devices that Git does not bring."""
        names = [f"mac-{n:05}" for n in range(FILES)]
        self._work.commit("all", {f"devices/{name}.yaml": a_device(name, "r0") for name in names})
        seconds = await self._applied(FILES)
        await self._send()
        return seconds

    async def commit(self) -> float:
        """A commit changes a few files: seconds from the turn that sees it until it is applied."""
        self._change()
        return await self._applied(CHANGED)

    async def bare(self) -> float:
        """The same by git itself and plain requests: fetched, all files read, some dry-run and applied."""
        self._change()
        started = time.perf_counter()
        await asyncio.to_thread(self._read)
        await self._send()
        seconds = time.perf_counter() - started
        await self._applied(CHANGED)
        return seconds

    async def close(self) -> None:
        await self._repository.close()

    def _change(self) -> None:
        self._number += 1
        first = self._number * 617 % FILES
        names = [f"mac-{(first + n * 101) % FILES:05}" for n in range(CHANGED)]
        ring = f"r{self._number}"
        self._work.commit(ring, {f"devices/{name}.yaml": a_device(name, ring) for name in names})

    async def _applied(self, many: int) -> float:
        started = time.perf_counter()
        published: Published = await self._publisher.turn(SOURCE, self._repository)
        seconds = time.perf_counter() - started
        if not published.ok or published.applied != many:
            raise RuntimeError(f"{published.applied} of {many} were applied: {published.message}")
        return seconds

    def _read(self) -> None:
        bare = self._folder / f"bare-{self._number}"
        self._git("init", "--quiet", "--bare", str(bare))
        at = ("-C", str(bare))
        self._git(
            *at, "fetch", "--quiet", "--depth=1", "--no-tags", self._url, "+refs/heads/main:refs/bench/head"
        )
        listed = self._git(*at, "ls-tree", "-r", "refs/bench/head", "--", "devices").splitlines()
        oids = b"".join(line.split()[2] + b"\n" for line in listed)
        self._git(*at, "cat-file", "--batch", given=oids)

    def _git(self, *arguments: str, given: bytes = b"") -> bytes:
        environment = {**os.environ, "GIT_SSL_CAINFO": str(self._ca)}
        command = ["git", *arguments]
        return subprocess.run(command, input=given, env=environment, capture_output=True, check=True).stdout

    async def _send(self) -> None:
        """Dry-run some Devices, then apply them."""
        query = {"fieldManager": MANAGER, "force": "true", "fieldValidation": "Strict"}
        names = [f"spare-{n}" for n in range(CHANGED)]
        for dry in ({"dryRun": "All"}, {}):

            async def send(name: str, dry: Mapping[str, str] = dry) -> None:
                await self._kube.client.apply(
                    single("Device", TENANT, name), _spare(name, self._number), {**query, **dry}
                )

            await for_each(names, send, workers=WORKERS)


def _spare(name: str, number: int) -> dict[str, Any]:
    return {
        "apiVersion": "pomona.dev/v1alpha1",
        "kind": "Device",
        "metadata": {"name": name, "labels": {"ring": f"r{number}"}},
        "spec": {"enrollment": f"00008112-{name}", "serialNumber": name.upper()},
    }


def run(ground: Ground) -> Mapping[str, float]:
    """An API server of its own, whose Devices all come from Git."""
    folder = ground.make_folder("commits")
    with Cluster(folder) as cluster:
        cluster.kubectl("apply", "--server-side", "-f", str(ROOT / "crds"))
        wait_until(lambda: are_served(cluster), what="the API server serves our kinds")
        cluster.kubectl("create", "namespace", TENANT)
        return asyncio.run(_measure(folder, cluster))


async def _measure(folder: Path, cluster: Cluster) -> Mapping[str, float]:
    authority = Authority()
    with GitServer(folder, authority) as server:
        async with listening(read_access(str(cluster.kubeconfig)), TENANT) as kube:
            commits = Commits(folder, server, authority, kube)
            try:
                first = await commits.begin()
                ours, bare, ratio = await in_turns(commits.commit, commits.bare, ROUNDS)
            finally:
                await commits.close()
    return {
        "git_commit_10k": ours,
        "git_commit_10k_bare": bare,
        "git_commit_10k_ratio": ratio,
        "git_first_10k": first,
    }


BENCHMARK = Benchmark(
    (
        Figure(
            "git_commit_10k",
            "s",
            f"a commit changes {CHANGED} of {FILES:,} files: from the turn that sees it until it is applied",
            Target(5.0),
        ),
        Figure(
            "git_commit_10k_bare",
            "s",
            f"git fetch, ls-tree and cat-file of the same, {CHANGED} dry-run and {CHANGED} apply requests",
        ),
        Figure("git_commit_10k_ratio", "", "the first over the second, by rounds"),
        Figure("git_first_10k", "s", f"the first commit: {FILES:,} Devices are made"),
    ),
    run,
)

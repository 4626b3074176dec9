"""The real Helm, against the lab's API server or none."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.lab import parts
from tests.lab.cluster import Cluster

CHARTS = Path(__file__).parents[2] / "charts"


class HelmFailed(Exception):
    """Helm ended with an error; the message is what it said."""


class Helm:
    """One of the programs, `helm` or `helm3`; what it keeps between two runs is in *folder*."""

    def __init__(self, folder: Path, cluster: Cluster | None = None, program: str = "helm") -> None:
        self.program = program
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "KUBECONFIG": str(cluster.kubeconfig if cluster else os.devnull),
        }

    def __call__(self, *arguments: str | Path) -> str:
        """What it prints; `HelmFailed` when it fails."""
        done = subprocess.run(
            [parts.path_of(self.program), *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise HelmFailed(done.stderr.strip() or done.stdout.strip())
        return done.stdout

    def template(self, chart: str, release: str, namespace: str, *flags: str | Path) -> str:
        """What a release of the chart would be, as YAML."""
        return self("template", release, CHARTS / chart, "--namespace", namespace, *flags)

    def objects(
        self, chart: str, *flags: str | Path, release: str = "pomona", namespace: str = "pomona-system"
    ) -> list[dict[str, Any]]:
        """What a release of the chart would be."""
        return list(_documents(self.template(chart, release, namespace, *flags)))


def _documents(text: str) -> Iterator[dict[str, Any]]:
    return (document for document in yaml.load_all(text, yaml.CSafeLoader) if document)

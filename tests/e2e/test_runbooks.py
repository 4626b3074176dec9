"""What the runbooks tell people to type about our kinds is what kubectl and the API server understand."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.e2e.test_crds import device, fleet, policy
from tests.lab.cluster import Cluster
from tests.lab.parts import path_of

PAGES = Path(__file__).parents[2] / "docs" / "runbooks"

#: Either in a block or within a sentence; what is behind a pipe is not ours.
COMMAND = re.compile(r"^(?:.*`)?(kubectl (?:-n acme|get fleets -A)[^`|\n]*)", re.MULTILINE)


def commands() -> list[str]:
    found = {match.strip() for page in PAGES.glob("*.md") for match in COMMAND.findall(page.read_text())}
    return sorted(found)


@pytest.fixture
def acme(cluster: Cluster, namespace: str) -> str:
    """A namespace with one object of each kind, each called acme."""
    for made in (fleet(), policy(), device()):
        made["metadata"]["name"] = "acme"
        cluster.kubectl("apply", "--server-side", "-n", namespace, "-f", "-", stdin=yaml.safe_dump(made))
    return namespace


@pytest.mark.parametrize("command", commands())
def test_a_command_of_a_runbook_works(command: str, cluster: Cluster, acme: str) -> None:
    typed = command.replace("-n acme", f"-n {acme}").replace("NAME", "acme").replace("RING", "acme")
    found = f"{path_of('kubectl').parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": found, "KUBECONFIG": str(cluster.kubeconfig)}
    done = subprocess.run(["bash", "-c", typed], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

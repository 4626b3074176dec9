"""What commands say of a tenant on a real API server: the same as of one in memory."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.acme import CATALOG_NOTE, DEVICES, FLEET, POLICIES
from tests.cli.golden import is_golden
from tests.lab.cluster import Cluster

POMONA = Path(sys.executable).with_name("pomona")


@pytest.fixture(scope="module")
def tenant(cluster: Cluster) -> Iterator[str]:
    """The namespace of a tenant with devices that have a past; no operator has ever run."""
    name = "reading-commands"
    cluster.kubectl("create", "namespace", name)
    note = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "pomona-catalog"},
        "data": CATALOG_NOTE,
    }
    cluster.kubectl(
        "create", "-n", name, "-f", "-", stdin=yaml.safe_dump_all([FLEET, *POLICIES, *DEVICES, note])
    )
    for device in DEVICES:
        patch = json.dumps({"status": device["status"]})
        edit = ("device", device["metadata"]["name"], "-n", name, "--type=merge", "-p", patch)
        cluster.kubectl("patch", *edit, "--subresource=status")
    yield name
    cluster.kubectl("delete", "namespace", name, "--wait=false")


def pomona(cluster: Cluster, *arguments: str, code: int = 0) -> str:
    done = subprocess.run(
        [POMONA, *arguments, "--kubeconfig", cluster.kubeconfig],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={},
    )
    assert done.returncode == code, done.stderr
    if code:
        assert (done.stdout, len(done.stderr.splitlines())) == ("", 1)
    return done.stdout or done.stderr


DAY = ("--at", "2025-08-25")


@pytest.mark.parametrize(
    ("arguments", "golden"),
    [
        pytest.param(("explain", "canary", *DAY), "explain-canary.txt", id="in force"),
        pytest.param(("explain", "broad", *DAY), "explain-broad.txt", id="waits for a gate"),
        pytest.param(
            ("explain", "broad", *DAY, "--labels", "ring=canary"),
            "explain-broad-as-canary.txt",
            id="other labels",
        ),
        pytest.param(
            ("explain", "shown", "--at", "2025-09-24"), "explain-shown-later.txt", id="another clock"
        ),
        pytest.param(("evidence",), "evidence.csv", id="evidence"),
        pytest.param(("evidence", "-o", "json", "--from", "2025-08-01"), "evidence.json", id="as JSON"),
    ],
)
def test_it_is_golden(cluster: Cluster, tenant: str, arguments: tuple[str, ...], golden: str) -> None:
    assert is_golden(golden, pomona(cluster, *arguments, "-n", tenant))


@pytest.mark.parametrize(("form", "read"), [("json", json.loads), ("yaml", yaml.safe_load)])
def test_json_and_yaml_say_the_same(cluster: Cluster, tenant: str, form: str, read: Any) -> None:
    told = read(pomona(cluster, "explain", "canary", *DAY, "-n", tenant, "-o", form))
    assert is_golden("explain-canary.json", json.dumps(told | {"namespace": "acme"}, indent=2) + "\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("explain", "absent"), "no Device absent in namespace {tenant}", id="no Device"),
        pytest.param(("explain", "canary", "--at", "soon"), "'soon' is not a date such as", id="no date"),
        pytest.param(("explain", "canary", "--labels", "ring"), "'ring' is not a label", id="no label"),
        pytest.param(
            ("explain", "canary", "-n", "nowhere"), "no Device canary in namespace nowhere", id="nowhere"
        ),
        pytest.param(
            ("evidence", "--from", "2025-09-01", "--to", "2025-08-01"),
            "--to 2025-08-01 is before",
            id="backwards",
        ),
    ],
)
def test_what_cannot_be_is_one_line_and_exit_1(
    cluster: Cluster, tenant: str, arguments: tuple[str, ...], said: str
) -> None:
    where = () if "-n" in arguments else ("-n", tenant)
    assert said.format(tenant=tenant) in pomona(cluster, *arguments, *where, code=1)


def test_a_younger_device_with_the_same_enrollment_is_told_which_one_is_older(
    cluster: Cluster, tenant: str
) -> None:
    told = json.loads(pomona(cluster, "explain", "twin", "-n", tenant, "-o", "json"))
    assert told["reason"] == "Duplicate"

"""What `pomona import` prints is what a real API server takes."""

import subprocess
import sys
from pathlib import Path

from tests.cli.test_import import LIST
from tests.lab.cluster import Cluster

POMONA = Path(sys.executable).with_name("pomona")


def test_devices_from_a_list_are_applied(cluster: Cluster, namespace: str, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(LIST)
    printed = subprocess.run(
        [POMONA, "import", file, "-n", namespace], capture_output=True, text=True, check=True
    ).stdout
    cluster.kubectl("apply", "--server-side", "-f", "-", stdin=printed)
    found = {d["metadata"]["name"]: d for d in cluster.get("devices", "-n", namespace)["items"]}
    assert sorted(found) == ["1e5", "c02xk1abcd", "enrollment-3"]
    assert found["1e5"]["spec"]["serialNumber"] == "1E5"
    assert found["1e5"]["metadata"]["labels"] == {"ring": "no"}

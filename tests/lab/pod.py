"""What a kubelet would do with the chart's pods: run what they say, with what they are given."""

import json
import os
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab.cluster import Cluster, KubectlFailed
from tests.lab.helm import Helm
from tests.lab.lab import Operator
from tests.lab.waiting import wait_until

#: All that is not as in a pod: every address is this one.
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Pod:
    """The only container of a pod, and the files that it sees, below *folder*."""

    cluster: Cluster
    namespace: str
    spec: Mapping[str, Any]
    folder: Path

    @classmethod
    def of(cls, cluster: Cluster, namespace: str, deployment: str, folder: Path) -> "Pod":
        """A pod as the Deployment describes it."""
        found = cluster.get("deployment", deployment, "-n", namespace)
        return cls(cluster, namespace, found["spec"]["template"]["spec"], folder)

    @property
    def container(self) -> Mapping[str, Any]:
        """What it runs."""
        [container] = self.spec["containers"]
        found: Mapping[str, Any] = container
        return found

    def start(self, entrypoint: Sequence[str | Path]) -> Operator:
        """Start it, with the token of its service account; *entrypoint* is the image's."""
        self.folder.mkdir()
        self._mount()
        ports = {port["name"]: port["containerPort"] for port in self.container["ports"]}
        arguments = [
            self._inside(text).replace("listen=:", f"listen={LOOPBACK}:") for text in self._arguments()
        ]
        operator = Operator([*entrypoint, *arguments], self.folder / "log", self._environment())
        operator.port, operator.metrics_port = ports["webhook"], ports["metrics"]
        return operator

    def _arguments(self) -> Iterator[str]:
        yield from self.container.get("command", [])
        yield from self.container.get("args", [])

    def _environment(self) -> dict[str, str]:
        token = self.cluster.kubeconfig_for(self.namespace, self.spec["serviceAccountName"])
        given = {entry["name"]: self._inside(entry.get("value", LOOPBACK)) for entry in self.container["env"]}
        return {**given, "KUBECONFIG": str(token)}

    def _inside(self, text: str) -> str:
        """The text, with paths below a mount as they are on this machine."""
        for mount in self.container["volumeMounts"]:
            text = text.replace(mount["mountPath"], str(self.folder / mount["name"]))
        return text

    def _mount(self) -> None:
        for volume in self.spec["volumes"]:
            target = self.folder / volume["name"]
            target.mkdir()
            for key, content in self._content(volume):
                (target / key).write_bytes(content)

    def _content(self, volume: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
        if "configMap" in volume:
            kept = self.cluster.get("configmap", volume["configMap"]["name"], "-n", self.namespace)
            yield from ((key, text.encode()) for key, text in kept["data"].items())
        elif "secret" in volume:
            kept = self.cluster.get("secret", volume["secret"]["secretName"], "-n", self.namespace)
            yield from ((key, b64decode(text)) for key, text in kept["data"].items())
        elif "emptyDir" not in volume:
            raise ValueError(f"volume {volume['name']}: a configMap, a secret or an emptyDir is expected")


def helm_test(helm: Helm, cluster: Cluster, namespace: str, release: str, port: int) -> str:
    """What `helm test` prints; its pod's command is run against the operator whose metrics are at *port*."""
    with ThreadPoolExecutor(1) as pool:
        said = pool.submit(helm, "test", release, "--namespace", namespace, "--timeout", "60s")
        _run(cluster, namespace, f"{release}-test", port)
        return said.result()


def _run(cluster: Cluster, namespace: str, name: str, port: int) -> None:
    wait_until(lambda: _exists(cluster, namespace, name), what=f"pod {name}")
    [container] = cluster.get("pod", name, "-n", namespace)["spec"]["containers"]
    *command, _ = container["command"]
    done = subprocess.run(
        [sys.executable, *command[1:], f"http://{LOOPBACK}:{port}"],
        env={"PATH": os.environ["PATH"]},
        check=False,
    )
    status = {"status": {"phase": "Failed" if done.returncode else "Succeeded"}}
    patch = ("--subresource=status", "--type=merge", "-p", json.dumps(status))
    cluster.kubectl("patch", "pod", name, "-n", namespace, *patch)


def _exists(cluster: Cluster, namespace: str, name: str) -> bool:
    try:
        cluster.kubectl("get", "pod", name, "-n", namespace)
    except KubectlFailed:
        return False
    return True

"""A real API server and its etcd on loopback; no controllers, no nodes."""

import base64
import json
import os
import secrets
import subprocess
from pathlib import Path
from typing import Any, Self

import httpx
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.lab import parts
from tests.lab.processes import Process, free_port


class KubectlFailed(Exception):
    """kubectl ended with an error; the message is what it said."""


class Cluster:
    """etcd and kube-apiserver, RBAC on, with an administrator's kubeconfig."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self._etcd_port = free_port()
        self._token = secrets.token_hex(16)
        self._etcd: Process | None = None
        self._apiserver: Process | None = None
        self._kubectls = 0

    @property
    def kubeconfig(self) -> Path:
        """The administrator's."""
        return self.folder / "admin.kubeconfig"

    def start(self) -> Self:
        """Start both; returns once the API server is ready."""
        self._write_credentials()
        etcd = f"http://127.0.0.1:{self._etcd_port}"
        self._etcd = Process(
            [
                parts.path_of("etcd"),
                f"--data-dir={self.folder / 'etcd'}",
                f"--listen-client-urls={etcd}",
                f"--advertise-client-urls={etcd}",
                f"--listen-peer-urls=http://127.0.0.1:{free_port()}",
                "--unsafe-no-fsync=true",
                "--quota-backend-bytes=8589934592",
            ],
            self.folder / "etcd.log",
        )
        self._etcd.wait_until(lambda: _answers(f"{etcd}/health"))
        self._start_apiserver()
        self._write_kubeconfig(self.kubeconfig, "admin", self._token)
        return self

    def restart_apiserver(self) -> None:
        """End the API server and start it again; what it kept in etcd is still there."""
        self.stop_apiserver()
        self._start_apiserver()

    def stop_apiserver(self) -> None:
        """End the API server alone."""
        if self._apiserver:
            self._apiserver.kill()

    def start_apiserver(self) -> None:
        """Start the API server again."""
        self._start_apiserver()

    def compact(self) -> None:
        """Make etcd forget the past: a watch that goes on from it is answered with 410."""
        url = f"http://127.0.0.1:{self._etcd_port}/v3/kv"
        key = base64.b64encode(b"pomona").decode()
        revision = httpx.post(f"{url}/range", json={"key": key}, timeout=5).json()["header"]["revision"]
        httpx.post(
            f"{url}/compaction", json={"revision": revision, "physical": True}, timeout=5
        ).raise_for_status()

    def stop(self) -> None:
        """End both."""
        for process in (self._apiserver, self._etcd):
            if process:
                process.kill()

    def kubectl(self, *arguments: str, stdin: str | None = None, kubeconfig: Path | None = None) -> str:
        """What the real kubectl prints; `KubectlFailed` when it fails."""
        environment = {
            **os.environ,
            "KUBECONFIG": str(kubeconfig or self.kubeconfig),
            "HOME": str(self.folder),
        }
        done = subprocess.run(
            [parts.path_of("kubectl"), *arguments],
            input=stdin,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise KubectlFailed(
                f"kubectl {' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}"
            )
        return done.stdout

    def start_kubectl(self, *arguments: str) -> Process:
        """A kubectl that goes on; its log is what it prints."""
        self._kubectls += 1
        return Process(
            [parts.path_of("kubectl"), *arguments],
            self.folder / f"kubectl-{self._kubectls}.log",
            {"KUBECONFIG": str(self.kubeconfig), "HOME": str(self.folder)},
        )

    def get(self, *arguments: str) -> Any:
        """What `kubectl get … -o json` answers, decoded."""
        return json.loads(self.kubectl("get", *arguments, "-o", "json"))

    def apply(self, *documents: Any) -> None:
        """`kubectl apply --server-side` of these documents."""
        self.kubectl("apply", "--server-side", "-f", "-", stdin=yaml.safe_dump_all(documents))

    def kubeconfig_for(self, namespace: str, service_account: str) -> Path:
        """A kubeconfig with a real token of this service account, good for a day; home is *namespace*."""
        token = self.kubectl("create", "token", service_account, "-n", namespace, "--duration=24h").strip()
        path = self.folder / f"{namespace}-{service_account}.kubeconfig"
        self._write_kubeconfig(path, service_account, token, namespace)
        return path

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _start_apiserver(self) -> None:
        self._apiserver = Process(
            [
                parts.path_of("kube-apiserver"),
                f"--etcd-servers=http://127.0.0.1:{self._etcd_port}",
                f"--secure-port={self.port}",
                "--bind-address=127.0.0.1",
                f"--cert-dir={self.folder / 'apiserver'}",
                f"--token-auth-file={self.folder / 'tokens.csv'}",
                f"--service-account-issuer={self.url}/",
                f"--service-account-key-file={self.folder / 'sa.pub'}",
                f"--service-account-signing-key-file={self.folder / 'sa.key'}",
                "--authorization-mode=RBAC",
                "--service-cluster-ip-range=10.0.0.0/24",
                "--disable-admission-plugins=ServiceAccount",
                "--shutdown-delay-duration=0s",
            ],
            self.folder / "kube-apiserver.log",
        )
        self._apiserver.wait_until(self._ready)

    def _ready(self) -> bool:
        certificate = self.folder / "apiserver" / "apiserver.crt"
        return certificate.is_file() and _answers(f"{self.url}/readyz", token=self._token)

    def _write_credentials(self) -> None:
        (self.folder / "tokens.csv").write_text(f'{self._token},admin,admin,"system:masters"\n')
        key = rsa.generate_private_key(65537, 2048)
        (self.folder / "sa.key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.TraditionalOpenSSL,
                serialization.NoEncryption(),
            )
        )
        (self.folder / "sa.pub").write_bytes(
            key.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )

    def _write_kubeconfig(self, path: Path, user: str, token: str, namespace: str = "default") -> None:
        authority = base64.b64encode((self.folder / "apiserver" / "apiserver.crt").read_bytes()).decode()
        path.touch(mode=0o600)
        path.write_text(
            yaml.safe_dump(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "clusters": [
                        {
                            "name": "lab",
                            "cluster": {"server": self.url, "certificate-authority-data": authority},
                        }
                    ],
                    "users": [{"name": user, "user": {"token": token}}],
                    "contexts": [
                        {"name": "lab", "context": {"cluster": "lab", "user": user, "namespace": namespace}}
                    ],
                    "current-context": "lab",
                }
            )
        )


def _answers(url: str, token: str = "") -> bool:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        return httpx.get(url, headers=headers, timeout=2, verify=False).is_success
    except httpx.TransportError:
        return False

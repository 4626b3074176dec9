"""All parts together: API server, NanoHUB, lookup service, feeds, Git, and the operator as users start it."""

import secrets
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import httpx
import yaml

from tests.lab import installed
from tests.lab.advisories import EXPLOITED, Advisories, Exploited, feeds
from tests.lab.apns import Apns
from tests.lab.cluster import Cluster
from tests.lab.lookup import Lookup
from tests.lab.nanohub import NanoHub
from tests.lab.pki import Authority
from tests.lab.processes import Process, free_port
from tests.lab.readings import WORLD, World
from tests.lab.repository import Repository

ROOT = Path(__file__).parents[2]

#: Where the operator lives, and where its tenant does.
HOME, TENANT = "pomona-system", "acme"


class Operator(Process):
    """`pomona run`. *port* of loopback is where it takes webhooks, *metrics_port* where it answers probes."""

    port = metrics_port = 0

    def ready(self) -> bool:
        """Does it say that it is?"""
        try:
            return httpx.get(f"http://127.0.0.1:{self.metrics_port}/readyz", timeout=5).is_success
        except httpx.TransportError:
            return False


class Lab:
    """One of everything.

    Where it *pushes*, NanoHUB can push, and *apns* says what came of it; and NanoHUB tells the webhook of the
    operator what it hears. Without, operators have to ask for reports, and devices for commands. *program* is
    what `start_operator` starts; the first one takes webhooks at *webhook_port*. Where nothing is
    *installed*, kinds, rights and the tenant are still to be brought.
    """

    def __init__(
        self, folder: Path, *, storage: str = "inmem", pushes: bool = False, installed: bool = True
    ) -> None:
        self.folder = folder
        self.authority = Authority()
        self.cluster = Cluster(folder)
        self.apns = Apns(folder, self.authority) if pushes else None
        self.token = secrets.token_hex(16) if pushes else ""
        self.webhook_port = free_port()
        self.nanohub = NanoHub(folder, self.authority, storage=storage, apns=self.apns)
        if pushes:
            self.nanohub.webhook_url = self._webhook_url(self.webhook_port, self.token)
        self.lookup = Lookup(folder, self.authority)
        self.advisories = Advisories(folder, self.authority)
        self.repository = Repository(folder)
        self.operators: list[Operator] = []
        self.world = WORLD
        self.program: tuple[str | Path, ...] = (Path(sys.executable).with_name("pomona"),)
        self._installed = installed
        self._stack = ExitStack()
        self._started = 0

    def __enter__(self) -> Self:
        self._stack.enter_context(self.cluster)
        if self.apns:
            self._stack.enter_context(self.apns)
        self._stack.enter_context(self.nanohub)
        self._stack.enter_context(self.lookup)
        self._stack.enter_context(self.advisories)
        self.ship(WORLD)
        if self._installed:
            installed.install(self.cluster, HOME)
            self.make_tenant()
        return self

    def __exit__(self, *_: object) -> None:
        for operator in self.operators:
            operator.kill()
        self._stack.close()

    def reset(self) -> None:
        """A clean slate: no operator and nothing that it remembers, no tenant, an MDM that knows nobody."""
        for operator in self.operators:
            operator.kill()
        self.operators.clear()
        self.nanohub.restart()
        self.cluster.kubectl("delete", "fleets", "--all", "--all-namespaces")
        for kind in ("updatepolicies", "devices"):
            # A whole collection at once: kubectl's --all deletes one after the other.
            self.cluster.kubectl("delete", "--raw", f"/apis/pomona.dev/v1alpha1/namespaces/{TENANT}/{kind}")
        self.cluster.kubectl("delete", "leases,configmaps", "--all", "--namespace", HOME)
        self.cluster.kubectl("delete", "configmaps,events", "--all", "--namespace", TENANT)
        self.set_key(self.nanohub.api_key)
        self.repository.empty()
        self.ship(WORLD)

    def make_tenant(self) -> None:
        """Make the namespace of the tenant, with the key of its MDM."""
        self.cluster.kubectl("create", "namespace", TENANT)
        self.set_key(self.nanohub.api_key)

    def set_key(self, key: str) -> None:
        """Let the tenant's Secret hold this key of the MDM."""
        entries = {"apiKey": key} | ({"webhookToken": self.token} if self.token else {})
        secret = {"apiVersion": "v1", "kind": "Secret", "stringData": entries}
        self.cluster.apply(secret | {"metadata": {"name": "nanohub", "namespace": TENANT}})

    def ship(self, world: World, exploited: Exploited = EXPLOITED) -> None:
        """Let Apple list this world: lookup service and feeds tell of it, and devices can install from it."""
        self.world = world
        self.advisories.answer = feeds(world, exploited)
        self.lookup.answer = world.answer(datetime.now(UTC).date())

    def start_operator(self, *flags: str) -> Operator:
        """Start `pomona run` with a token of the chart's service account."""
        self._started += 1
        kubeconfig = self.cluster.kubeconfig_for(HOME, "pomona")
        command: list[str | Path] = [*self.program, "run"]
        command += ["--kubeconfig", kubeconfig, "--allow-file-urls", "--log-format", "text"]
        command += ["--lookup-url", self.lookup.url, "--lookup-ca-file", self.lookup.ca_file]
        for url in self.advisories.urls:
            command += ["--exploited-url", url]
        command += ["--lookup-interval", "1s", "--report-interval", "1s"]
        taken = any(operator.alive() and operator.port == self.webhook_port for operator in self.operators)
        port, metrics_port = free_port() if taken else self.webhook_port, free_port()
        command += ["--listen", f"127.0.0.1:{port}"]
        command += ["--metrics-listen", f"127.0.0.1:{metrics_port}", *flags]
        trust = {"SSL_CERT_FILE": str(self.advisories.ca_file)}
        operator = Operator(command, self.folder / f"operator-{self._started}.log", trust)
        operator.port, operator.metrics_port = port, metrics_port
        self.operators.append(operator)
        return operator

    def webhook_url(self, operator: Operator, token: str) -> str:
        """Where this operator takes events of the tenant's MDM."""
        return self._webhook_url(operator.port, token)

    def make_fleet(self, *, mdm: str = "", **spec: Any) -> None:
        """Make the Fleet of the tenant; *mdm* is where NanoHUB is, *spec* overrides, None is left out."""
        known: dict[str, Any] = {
            "mdm": {"nanohub": {"url": mdm or self.nanohub.url, "secretRef": {"name": "nanohub"}}},
            "git": {
                "url": self.repository.url,
                "ref": {"branch": "main"},
                "path": "policies",
                "interval": "1s",
            },
        }
        self.cluster.apply(
            {
                "apiVersion": "pomona.dev/v1alpha1",
                "kind": "Fleet",
                "metadata": {"name": TENANT, "namespace": TENANT},
                "spec": {key: value for key, value in (known | spec).items() if value is not None},
            }
        )

    def fleet(self) -> Any:
        """The Fleet as it is."""
        return self.cluster.get("fleet", TENANT, "-n", TENANT)

    def condition(self, kind: str) -> dict[str, Any]:
        """One condition of the Fleet; empty while it is not there."""
        listed = self.fleet().get("status", {}).get("conditions", [])
        return next((dict(condition) for condition in listed if condition["type"] == kind), {})

    def devices(self) -> dict[str, Any]:
        """The status of every Device, by name."""
        found = self.cluster.get("devices", "-n", TENANT)["items"]
        return {device["metadata"]["name"]: device.get("status", {}) for device in found}

    def column(self, key: str) -> dict[str, str]:
        """One key of every Device's status, by name; empty where it is absent."""
        return {name: status.get(key, "") for name, status in self.devices().items()}

    @staticmethod
    def _webhook_url(port: int, token: str) -> str:
        return f"http://127.0.0.1:{port}/webhook/{TENANT}/{TENANT}/{token}"


def manifest(kind: str, name: str, spec: Any, **labels: str) -> str:
    """One manifest as YAML."""
    metadata: dict[str, Any] = {"name": name}
    if labels:
        metadata["labels"] = labels
    return yaml.safe_dump(
        {"apiVersion": "pomona.dev/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec},
        sort_keys=False,
    )

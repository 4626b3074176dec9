"""The operator installed by Helm, in a lab where nothing is installed."""

import re
from pathlib import Path

import yaml

from tests.lab.helm import CHARTS, Helm
from tests.lab.lab import HOME, Lab, Operator
from tests.lab.pod import Pod, helm_test
from tests.lab.processes import free_port
from tests.lab.waiting import wait_until

#: Where its certificates are, in the pod.
_ROOTS = "/etc/pomona/roots"


class Charted:
    """A release called pomona of the chart, for one lab; *program* is the image's entrypoint."""

    def __init__(self, lab: Lab, program: tuple[str | Path, ...]) -> None:
        self._lab = lab
        self._helm = Helm(lab.folder, lab.cluster)
        self._program = program

    def install(self) -> str:
        """`helm install`; what of its command line a person would type."""
        values = ("--values", self.write_values())
        self._helm("install", "pomona", CHARTS / "pomona", "-n", HOME, "--create-namespace", *values)
        self.bring_roots()
        return f"helm install pomona charts/pomona -n {HOME} --create-namespace -f values.yaml"

    def write_values(self) -> Path:
        """What a lab has otherwise than a cluster, as a file of values."""
        values = self._lab.folder / "values.yaml"
        values.write_text(yaml.safe_dump(self._values()))
        return values

    def bring_roots(self) -> None:
        """Let the release's namespace hold the roots that those values name."""
        certificates = (self._lab.lookup.ca_file, self._lab.advisories.ca_file)
        given = (
            f"--from-file={name}={file}" for name, file in zip(("lookup", "feeds"), certificates, strict=True)
        )
        self._lab.cluster.kubectl("create", "configmap", "roots", "-n", HOME, *given)

    def start(self) -> Operator:
        """Start what the Deployment describes, since no kubelet does; return once it is ready."""
        operator = Pod.of(self._lab.cluster, HOME, "pomona", self._lab.folder / "pod").start(self._program)
        self._lab.operators.append(operator)
        wait_until(lambda: operator.ready(), what="the operator is ready")
        return operator

    def test(self, operator: Operator) -> str:
        """`helm test`: what came of it, in a word."""
        said = helm_test(self._helm, self._lab.cluster, HOME, "pomona", operator.metrics_port)
        [phase] = re.findall(r"^Phase: +(\w+)", said, re.MULTILINE)
        return str(phase)

    def _values(self) -> dict[str, object]:
        """The same, in the chart's own words."""
        mount = {"name": "roots", "mountPath": _ROOTS, "readOnly": True}
        return {
            "ports": {"webhook": self._lab.webhook_port, "metrics": free_port()},
            "lookup": {
                "url": self._lab.lookup.url,
                "interval": "1s",
                "ca": {"configMap": "roots", "key": "lookup"},
            },
            "exploitedUrls": list(self._lab.advisories.urls),
            "reportInterval": "6h",
            "allowFileUrls": True,
            "extraEnv": [{"name": "SSL_CERT_FILE", "value": f"{_ROOTS}/feeds"}],
            "extraVolumes": [{"name": "roots", "configMap": {"name": "roots"}}],
            "extraVolumeMounts": [mount],
        }

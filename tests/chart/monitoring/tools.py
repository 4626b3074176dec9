"""promtool and Helm as the tests here use them, and what expressions are made of."""

import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import yaml

from tests.lab.helm import Helm

ROOT = Path(__file__).parents[3]
CHART = ROOT / "charts" / "pomona"
RULES = CHART / "files" / "rules.yaml"
RUNBOOKS = ROOT / "docs" / "runbooks"

#: Labels that Prometheus and its operator put on what they scrape.
TARGET = frozenset({"job", "instance", "namespace", "pod", "container", "endpoint", "service"})

#: The group and version of the Prometheus operator's kinds.
MONITORING = "monitoring.coreos.com/v1"

#: What was rendered, by kind.
Rendered = Mapping[str, Mapping[str, Any]]

_SELECTOR = re.compile(r"\b((?:pomona|process)_\w+|up)\b(?:\{([^}]*)\})?")
_LABEL = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"')
_CLAUSE = re.compile(r"\b(?:by|on|group_left|without)\s*\(([^)]*)\)")


@dataclass(frozen=True)
class Promtool:
    """Prometheus' own judge of rules."""

    program: Path

    def run(self, *arguments: str | Path) -> None:
        """AssertionError with what it says, unless all is well."""
        done = subprocess.run([self.program, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def render(helm: Helm, monitoring: Mapping[str, Any], *, release: str = "pomona") -> Rendered:
    """What the templates of monitoring make of these values; `HelmFailed` where they are refused."""
    with NamedTemporaryFile("w", suffix=".yaml") as values:
        yaml.safe_dump({"monitoring": monitoring}, values)
        values.flush()
        made = helm.objects("pomona", "--values", values.name, release=release)
    ours = (o for o in made if o["apiVersion"] == MONITORING or o["metadata"]["name"].endswith("-dashboard"))
    return {document["kind"]: document for document in ours}


def alerts(rules: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """All alerts of groups of rules."""
    return [rule for group in rules["groups"] for rule in group["rules"]]


def uses(expression: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Each metric that an expression names, with the labels by which it selects."""
    bare = _CLAUSE.sub("", expression)
    for name, matchers in _SELECTOR.findall(bare):
        yield name, frozenset(_LABEL.findall(matchers))


def grouped_by(expression: str) -> frozenset[str]:
    """The labels that an expression groups or joins by."""
    return frozenset(
        label.strip() for found in _CLAUSE.findall(expression) for label in found.split(",") if label
    )

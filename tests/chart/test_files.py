"""What the charts have from elsewhere is what it is there."""

import re
import runpy
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from controller import crds
from tests.lab.helm import CHARTS, Helm

ROOT = CHARTS.parent


def test_what_is_written_by_tools_is_current() -> None:
    outputs: dict[Path, str] = runpy.run_path(str(ROOT / "tools" / "charts.py"))["outputs"]()

    stale = [str(path.relative_to(ROOT)) for path, text in outputs.items() if path.read_text() != text]
    assert stale == [], "make charts"


def test_the_kinds_are_copied_byte_for_byte() -> None:
    copies = CHARTS / "pomona" / "files" / "crds"

    assert {path.name for path in copies.iterdir()} == {path.name for path in (ROOT / "crds").iterdir()}
    for copy in copies.iterdir():
        assert copy.read_bytes() == (ROOT / "crds" / copy.name).read_bytes()


@pytest.mark.parametrize("keep", [True, False])
def test_the_kinds_are_rendered_whole(helm: Helm, keep: bool) -> None:
    objects = helm.objects("pomona", "--set", f"crds.keep={str(keep).lower()}")
    rendered = {found["spec"]["names"]["kind"]: found for found in objects if "Definition" in found["kind"]}

    assert rendered.keys() == {"Fleet", "UpdatePolicy", "Device"}
    for crd in crds.load():
        found = rendered[crd["spec"]["names"]["kind"]]
        assert found["spec"] == crd["spec"]
        kept = found["metadata"].get("annotations", {})
        assert kept == ({"helm.sh/resource-policy": "keep"} if keep else {})


def charts() -> list[Any]:
    return [yaml.safe_load((CHARTS / name / "Chart.yaml").read_text()) for name in ("pomona", "pomona-fleet")]


def test_the_charts_are_of_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert {chart["appVersion"] for chart in charts()} == {project["version"]}


def test_the_kinds_are_announced_with_examples_that_are_valid() -> None:
    annotations = charts()[0]["annotations"]
    announced = yaml.safe_load(annotations["artifacthub.io/crds"])
    examples = yaml.safe_load(annotations["artifacthub.io/crdsExamples"])

    assert {entry["name"] for entry in announced} == {crd["metadata"]["name"] for crd in crds.load()}
    for example in examples:
        assert crds.unknown(example["kind"], example["spec"]) == ()


def test_links_of_the_pages_lead_somewhere() -> None:
    for page in CHARTS.glob("*/README.md"):
        for link in re.findall(r"\]\(([^)#]+)", page.read_text()):
            assert (page.parent / link).exists(), f"{page}: {link}"

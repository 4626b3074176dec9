"""What the charts render: by both Helms, for all variants, judged by Kubernetes' schemas and our own."""

from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate  # type: ignore[import-untyped]
import pytest

from controller import crds
from tests.chart.conftest import VARIANTS, flags_of, name_of
from tests.lab.helm import CHARTS, Helm

VERSIONS = [f"1.{minor}" for minor in range(31, 37)]

#: Kinds that are none of Kubernetes': the Gateway API's.
FOREIGN = {"HTTPRoute"}
OURS = {"Fleet", "UpdatePolicy"}

variants = pytest.mark.parametrize(("chart", "values"), VARIANTS, ids=name_of)


@variants
def test_helm_has_nothing_to_say(helm: Helm, chart: str, values: Path | None) -> None:
    said = helm("lint", "--strict", CHARTS / chart, *flags_of(values))

    assert "1 chart(s) linted, 0 chart(s) failed" in said
    assert "[WARNING]" not in said


@variants
def test_both_helms_render_the_same(helm4: Helm, tmp_path: Path, chart: str, values: Path | None) -> None:
    oldest = Helm(tmp_path, program="helm3")

    assert by_name(oldest.objects(chart, *flags_of(values))) == by_name(
        helm4.objects(chart, *flags_of(values))
    )


@variants
@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_takes_it(helm4: Helm, chart: str, values: Path | None, version: str) -> None:
    for found in helm4.objects(chart, *flags_of(values)):
        if found["kind"] not in FOREIGN | OURS:
            kubernetes_validate.validate(found, version, strict=True)


def test_our_own_schema_takes_a_tenant(helm4: Helm) -> None:
    values = CHARTS / "pomona-fleet" / "ci" / "full-values.yaml"
    found = helm4.objects("pomona-fleet", "--values", values, namespace="acme")

    assert [document["kind"] for document in found] == ["Fleet", "UpdatePolicy", "UpdatePolicy"]
    for document in found:
        jsonschema.validate(document, crds.schema_of(document["kind"]))
        assert crds.unknown(document["kind"], document["spec"]) == ()


@variants
def test_every_object_is_called_the_releases(helm4: Helm, chart: str, values: Path | None) -> None:
    """Selected by what is no other release's, and in a namespace that is said."""
    for found in helm4.objects(chart, *flags_of(values), release="orchard", namespace="there"):
        labels = found["metadata"].get("labels", {})
        if "extra" not in found["metadata"]["name"] and "text" not in found["metadata"]["name"]:
            assert labels["app.kubernetes.io/instance"] == "orchard"
            assert labels["helm.sh/chart"].startswith(chart)


def by_name(objects: list[dict[str, Any]]) -> dict[tuple[str, str, str], dict[str, Any]]:
    named = {
        (found["kind"], found["metadata"].get("namespace", ""), found["metadata"]["name"]): found
        for found in objects
    }
    assert len(named) == len(objects)
    return named

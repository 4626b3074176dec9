"""Writes what the charts have from elsewhere: copies of crds/, the schema of a tenant's values, tables.

python tools/charts.py
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
OPERATOR, TENANT = ROOT / "charts" / "pomona", ROOT / "charts" / "pomona-fleet"

#: What a CRD says that is no JSON Schema, or that only the API server heeds.
_FOREIGN = ("format", "default")

_COMMENT, _KEY = re.compile(r"^ *# -- (.*)"), re.compile(r"^( *)([A-Za-z]\w*):(.*)")


def outputs() -> dict[Path, str]:
    """What each of these files is expected to hold."""
    crds = {path.name: path.read_text() for path in sorted((ROOT / "crds").glob("*.yaml"))}
    fleet, policy = (_spec(yaml.safe_load(crds[f"{plural}.yaml"])) for plural in ("fleets", "updatepolicies"))
    return {
        **{OPERATOR / "files" / "crds" / name: text for name, text in crds.items()},
        TENANT / "values.schema.json": json.dumps(tenant_schema(fleet, policy), indent=2) + "\n",
        OPERATOR / "README.md": _with_table(OPERATOR, rows(OPERATOR)),
        TENANT / "README.md": _with_table(TENANT, [*rows(TENANT), *_spec_rows(fleet)]),
    }


def tenant_schema(fleet: Mapping[str, Any], policy: Mapping[str, Any]) -> dict[str, Any]:
    """The chart's own values, and every key of a Fleet's spec."""
    strings = {"type": "object", "additionalProperties": {"type": "string"}}
    own = {
        "global": {"description": "What Helm gives every chart that is part of another.", "type": "object"},
        "name": {"type": "string", "maxLength": 63, "pattern": "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$"},
        "labels": strings,
        "annotations": strings,
        "policies": {
            "type": "object",
            "propertyNames": {"maxLength": 63, "pattern": "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"},
            "additionalProperties": strict(policy),
        },
    }
    schema = strict(fleet)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Values of the chart pomona-fleet",
        **schema,
        "properties": {**own, **schema["properties"]},
    }


def strict(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The same as JSON Schema that takes no key which it does not name."""
    kept: dict[str, Any] = {
        key: value
        for key, value in schema.items()
        if key not in _FOREIGN and not key.startswith("x-kubernetes-")
    }
    if "properties" in kept:
        kept["properties"] = {key: strict(inner) for key, inner in kept["properties"].items()}
        kept.setdefault("additionalProperties", False)
    for key in ("items", "additionalProperties"):
        if isinstance(kept.get(key), Mapping):
            kept[key] = strict(kept[key])
    return kept


def rows(chart: Path) -> Iterator[tuple[str, str, str]]:
    """Key, default and description of each commented value, as they stand in values.yaml."""
    text = (chart / "values.yaml").read_text()
    values, path, comment = yaml.safe_load(text), [], ""
    for line in text.splitlines():
        if found := _COMMENT.match(line):
            comment = found[1]
        elif found := _KEY.match(line):
            path = [*path[: len(found[1]) // 2], found[2]]
            if comment:
                yield ".".join(path), json.dumps(_at(values, path)), comment
            comment = ""


def _at(values: Any, path: list[str]) -> Any:
    for key in path:
        values = values[key]
    return values


def _spec(crd: Mapping[str, Any]) -> Mapping[str, Any]:
    [version] = [version for version in crd["spec"]["versions"] if version["storage"]]
    spec: Mapping[str, Any] = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
    return spec


def _spec_rows(spec: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for key, schema in spec["properties"].items():
        if key != "suspend":
            yield key, json.dumps(schema["default"]) if "default" in schema else "", schema["description"]


def _with_table(chart: Path, found: Any) -> str:
    """The chart's README with this table between its marks."""
    lines = ["| value | default | |", "|---|---|---|"]
    for key, default, description in found:
        shown = f"`{default}`" if default else ""
        lines.append(f"| `{key}` | {shown} | {description} |".replace("  ", " "))
    before, _, rest = (chart / "README.md").read_text().partition("<!-- values -->\n")
    _, _, after = rest.partition("<!-- end of values -->")
    return before + "\n".join(["<!-- values -->", *lines, "<!-- end of values -->"]) + after


def main() -> int:
    """Write them all."""
    for path, text in outputs().items():
        path.write_text(text)
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

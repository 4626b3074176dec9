"""The custom resource definitions, the only schema: API server, lint, chart and docs read it."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml


@cache
def texts() -> Sequence[str]:
    """The files as they are, in the order of their names."""
    return tuple(
        found.read_text(encoding="utf-8")
        for found in sorted(_folder().iterdir(), key=lambda found: found.name)
        if found.name.endswith(".yaml")
    )


@cache
def load() -> Sequence[Mapping[str, Any]]:
    """The definitions, parsed."""
    return tuple(yaml.load(text, yaml.CSafeLoader) for text in texts())


@cache
def schema_of(kind: str) -> Mapping[str, Any]:
    """The stored version's schema of a kind; KeyError for a kind that is not ours."""
    for crd in load():
        if crd["spec"]["names"]["kind"] == kind:
            [version] = [v for v in crd["spec"]["versions"] if v["storage"]]
            schema: Mapping[str, Any] = version["schema"]["openAPIV3Schema"]
            return schema
    raise KeyError(kind)


def with_defaults(kind: str, document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document as the API server would keep it: the schema's defaults filled in; the given one stays."""
    filled: Mapping[str, Any] = _filled(schema_of(kind), document)
    return filled


def unknown(kind: str, spec: Any) -> Sequence[str]:
    """The paths of a spec's fields that our schema does not know, such as spec.skip[0].bar.

    The cluster may serve a newer schema than ours: what it let through is not yet something we understand.
    """
    return tuple(_unknown(schema_of(kind)["properties"]["spec"], spec, "spec"))


def _unknown(schema: Mapping[str, Any], value: Any, path: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            below = _schema_below(schema, key)
            if below is None:
                yield f"{path}.{key}"
            else:
                yield from _unknown(below, inner, f"{path}.{key}")
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _unknown(schema.get("items", {}), inner, f"{path}[{at}]")


def _schema_below(schema: Mapping[str, Any], key: str) -> Mapping[str, Any] | None:
    """The schema of a field; None where none of that name is known, as in what must be empty ({})."""
    if schema.get("maxProperties") == 0:
        return None
    found: Mapping[str, Any] | None = schema.get("properties", {}).get(
        key, schema.get("additionalProperties")
    )
    return found


def _filled(schema: Mapping[str, Any], value: Any) -> Any:
    if isinstance(value, Mapping):
        return _filled_mapping(schema, value)
    if isinstance(value, list):
        return [_filled(schema.get("items", {}), inner) for inner in value]
    return value


def _filled_mapping(schema: Mapping[str, Any], value: Mapping[str, Any]) -> dict[str, Any]:
    properties = schema.get("properties", {})
    others = schema.get("additionalProperties", {})
    filled = {key: _filled(properties.get(key, others), inner) for key, inner in value.items()}
    for key, inner in properties.items():
        if "default" in inner and filled.get(key) is None:
            filled[key] = _filled(inner, inner["default"])
    return filled


def _folder() -> Traversable:
    """`crds/` of the installed package, else of the checkout that this file stands in."""
    packaged = files("controller") / "crds"
    return packaged if packaged.is_dir() else Path(__file__).parents[1] / "crds"

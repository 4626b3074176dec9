"""The CRDs' schemas as a validator: strict, as the API server is with what is applied to it."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from controller import crds
from controller.adapters.manifests.patterns import as_in_go
from controller.adapters.manifests.rules import Path, broken
from controller.adapters.manifests.telling import one_of, shown

#: Keys of Kubernetes' dialect that JSON Schema does not know; CEL is judged beside it.
_FOREIGN = "x-kubernetes-"

#: JSON Schema's words for a person.
_TYPES = {
    "string": "text",
    "object": "a mapping",
    "array": "a list",
    "integer": "a whole number",
    "boolean": "true or false",
}

#: What a limit of a schema asks for.
_LIMITS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} entries",
    "maxItems": "at most {} entries",
    "minProperties": "at least {} keys",
    "maxProperties": "at most {} keys",
}


_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("int32")
def _fits(value: object) -> bool:
    return not isinstance(value, (int, float)) or -(2**31) <= value < 2**31


@cache
def _validator(kind: str) -> Draft202012Validator:
    schema = crds.schema_of(kind)["properties"]["spec"]
    return Draft202012Validator(_strict(schema), format_checker=_FORMATS)


def _strict(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The same schema, refusing fields that it does not know; patterns mean what they mean in Go."""
    strict = {key: value for key, value in schema.items() if not key.startswith(_FOREIGN)}
    if "properties" in schema:
        strict["properties"] = {name: _strict(inner) for name, inner in schema["properties"].items()}
        strict["additionalProperties"] = False
    elif isinstance(schema.get("additionalProperties"), Mapping):
        strict["additionalProperties"] = _strict(schema["additionalProperties"])
    if "items" in schema:
        strict["items"] = _strict(schema["items"])
    if "pattern" in schema:
        strict["pattern"] = as_in_go(schema["pattern"])
    return strict


def problems(kind: str, name: Any, spec: Any) -> Iterator[tuple[str, str]]:
    """What is wrong with the spec of an object of that name: path and message."""
    spec = _given(crds.schema_of(kind)["properties"]["spec"], spec)
    errors = list(_validator(kind).iter_errors(spec))
    yield from dict.fromkeys(told for error in errors for told in _told(_path(("spec", *error.path)), error))
    document = {"metadata": {"name": name}, "spec": spec}
    wrong = [("spec", *error.path) for error in errors]
    for path, found, message in broken(crds.schema_of(kind), document, wrong):
        yield _path(path), f"found {shown(found)}, {message}"


def _given(schema: Mapping[str, Any], value: Any) -> Any:
    """The value without what is null and has a default: the API server takes that for left out."""
    if isinstance(value, list):
        return [_given(schema.get("items", {}), inner) for inner in value]
    if not isinstance(value, Mapping):
        return value
    properties, others = schema.get("properties", {}), schema.get("additionalProperties", {})
    below = {key: properties.get(key, others) for key in value}
    return {
        key: _given(below[key], inner)
        for key, inner in value.items()
        if inner is not None or "default" not in below[key]
    }


def _path(parts: Path) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts).removeprefix(".")


def _told(path: str, error: ValidationError) -> Iterator[tuple[str, str]]:
    found: Any = error.instance
    if error.validator == "additionalProperties":
        known = sorted(_schema(error).get("properties", ()))
        for name in sorted(found.keys() - set(known)):
            yield f"{path}.{name}", f"is no field, expected {one_of(known)}"
    elif error.validator == "required":
        # jsonschema raises one of these for each missing key, and each names it alone.
        missing = re.match(r"'(.*)' is a required property", error.message)
        yield f"{path}.{missing[1]}" if missing else path, "is missing"
    else:
        yield path, f"found {shown(found)}, expected {_expected(error)}"


def _expected(error: ValidationError) -> str:
    rule, wanted = str(error.validator), error.validator_value
    if rule == "type":
        quote = wanted == "string" and isinstance(error.instance, (bool, int, float))
        return _TYPES.get(str(wanted), str(wanted)) + ("; quote it" if quote else "")
    if rule == "enum" and isinstance(wanted, list):
        return one_of(wanted)
    if rule == "format":
        return "a whole number of 32 bits"
    if rule in _LIMITS:
        return "no key" if (rule, wanted) == ("maxProperties", 0) else _LIMITS[rule].format(wanted)
    return _description(_schema(error)) or f"what matches {wanted}"


def _schema(error: ValidationError) -> Mapping[str, Any]:
    return error.schema if isinstance(error.schema, Mapping) else {}


def _description(schema: Mapping[str, Any]) -> str:
    """What a field's description says of its form, where it gives an example."""
    said = str(schema.get("description", "")).partition(";")[0].removesuffix(".")
    return said[:1].lower() + said[1:] if "such as" in said else ""

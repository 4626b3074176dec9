"""The CRDs' schemas as a validator: strict, as the API server is with what is applied to it."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from controller import crds

#: Keys of Kubernetes' dialect that JSON Schema does not know; CEL is judged by the API server.
_FOREIGN = "x-kubernetes-"


@cache
def validator_of(kind: str) -> Draft202012Validator:
    """The validator of a kind's `spec`."""
    schema = crds.schema_of(kind)["properties"]["spec"]
    return Draft202012Validator(_strict(schema), format_checker=FormatChecker())


def _strict(schema: Any) -> Any:
    """The same schema, refusing fields that it does not know."""
    if not isinstance(schema, Mapping):
        return schema
    strict = {key: value for key, value in schema.items() if not key.startswith(_FOREIGN)}
    if "properties" in schema:
        strict["properties"] = {name: _strict(inner) for name, inner in schema["properties"].items()}
        strict["additionalProperties"] = False
    elif isinstance(schema.get("additionalProperties"), Mapping):
        strict["additionalProperties"] = _strict(schema["additionalProperties"])
    if "items" in schema:
        strict["items"] = _strict(schema["items"])
    return strict


def problems(kind: str, spec: Any) -> Iterator[tuple[str, str]]:
    """What is wrong with a spec: path and message, the first path first."""
    found = sorted(validator_of(kind).iter_errors(spec), key=lambda error: [str(p) for p in error.path])
    for error in found:
        yield from _told(error)


def _told(error: ValidationError) -> Iterator[tuple[str, str]]:
    instance: Any = error.instance
    path = "spec" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.path)
    if error.validator == "additionalProperties" and isinstance(error.schema, Mapping):
        known = sorted(error.schema.get("properties", {}))
        for name in sorted(instance.keys() - set(known)):
            yield f"{path}.{name}", f"is no field; expected {_one_of(known)}"
    elif error.validator == "required":
        required: Any = error.validator_value
        for name in sorted(set(required) - instance.keys()):
            yield f"{path}.{name}", "is missing"
    else:
        yield path, _expected(error)


def _expected(error: ValidationError) -> str:
    found, wanted = repr(error.instance), error.validator_value
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    match error.validator:
        case "type":
            hint = "; quote it" if wanted == "string" and not isinstance(error.instance, (dict, list)) else ""
            return f"found {found}, expected {_TYPES.get(str(wanted), wanted)}{hint}"
        case "enum":
            return f"found {found}, expected {_one_of(wanted)}"
        case "pattern":
            return f"found {found}, expected {_example(schema) or f'what matches {wanted}'}"
        case _:
            return error.message


#: JSON Schema's words for a person.
_TYPES = {
    "string": "text",
    "object": "a mapping",
    "array": "a list",
    "integer": "a whole number",
    "boolean": "true or false",
}


def _example(schema: Mapping[str, Any]) -> str:
    """What a field's description says of its form: the part behind `such as`."""
    said = re.search(r"such as ([^,;]+?)\.?$", schema.get("description", ""))
    return f"such as {said[1]}" if said else ""


def _one_of(words: Any) -> str:
    return "one of " + ", ".join(map(str, words))

"""The CRDs' schemas as a validator: strict, as the API server is with what is applied to it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from controller import crds
from controller.adapters.manifests.rules import Path, broken

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

#: So much of a found value is repeated.
_SHOWN = 80


@cache
def _validator(kind: str) -> Draft202012Validator:
    schema = crds.schema_of(kind)["properties"]["spec"]
    return Draft202012Validator(_strict(schema), format_checker=FormatChecker())


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
        strict["pattern"] = "(?a)" + re.sub(r"\$$", r"\\Z", schema["pattern"])
    return strict


def problems(kind: str, name: Any, spec: Any) -> Iterator[tuple[str, str]]:
    """What is wrong with the spec of an object of that name: path and message."""
    errors = list(_validator(kind).iter_errors(spec))
    yield from dict.fromkeys(told for error in errors for told in _told(_path(("spec", *error.path)), error))
    document = {"metadata": {"name": name}, "spec": spec}
    wrong = [("spec", *error.path) for error in errors]
    for path, found, message in broken(crds.schema_of(kind), document, wrong):
        yield _path(path), f"found {shown(found)}, {message}"


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
    if rule in _LIMITS:
        return "no key" if (rule, wanted) == ("maxProperties", 0) else _LIMITS[rule].format(wanted)
    return _description(_schema(error)) or f"what matches {wanted}"


def _schema(error: ValidationError) -> Mapping[str, Any]:
    return error.schema if isinstance(error.schema, Mapping) else {}


def _description(schema: Mapping[str, Any]) -> str:
    """What a field's description says of its form, where it gives an example."""
    said = str(schema.get("description", "")).partition(";")[0].removesuffix(".")
    return said[:1].lower() + said[1:] if "such as" in said else ""


def shown(found: Any) -> str:
    """A value of a manifest, for a message."""
    if found is None:
        return "nothing"
    text = str(found).lower() if isinstance(found, bool) else repr(found)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def one_of(words: Iterable[Any]) -> str:
    """Words to choose from, for a message."""
    choice = list(map(str, words))
    return choice[0] if len(choice) == 1 else f"one of {', '.join(choice)}"

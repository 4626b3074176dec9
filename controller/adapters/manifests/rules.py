"""The CRDs' CEL rules, judged without an API server, by an engine that knows what Kubernetes adds to CEL."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any

import cel

from controller.adapters.manifests.patterns import matches

#: Keys of a list and names of a mapping, from the root of the document.
Path = tuple[str | int, ...]

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _validate(form: str, text: str) -> cel.OptionalValue:
    """What is wrong with a text of a named format, if anything is: `format.date().validate(text)`."""
    try:
        date.fromisoformat(text if _DATE.fullmatch(text) else "")
    except ValueError:
        return cel.OptionalValue.of([f"is no {form}"])
    return cel.OptionalValue.none()


#: What Kubernetes adds to CEL, as far as the CRDs use it, and the function whose patterns are Go's.
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "matchesAsInGo": matches,
    "format.date": lambda: "date",
    "validate": _validate,
    "split": lambda text, separator: text.split(separator),
}


@cache
def program(rule: str) -> cel.Program:
    """The compiled rule. ValueError for one that is no CEL.

    The engine's own `matches` cannot be replaced, and takes digits and blanks of all of Unicode for such.
    """
    return cel.compile(rule.replace(".matches(", ".matchesAsInGo("))


def holds(rule: str, value: Any) -> bool:
    """Does a value keep the rule? What cannot be evaluated is refused by the API server, too.

    A rule over what the object was before says nothing about a manifest: only an update can break it.
    """
    if "oldSelf" in program(rule).variables():
        return True
    context = cel.Context({"self": value}, dict(FUNCTIONS))
    try:
        return program(rule).execute(context) is True
    except (KeyError, TypeError, ValueError, RuntimeError):
        return False


def broken(
    schema: Mapping[str, Any], value: Any, wrong: Collection[Path], path: Path = ()
) -> Iterator[tuple[Path, Any, str]]:
    """Each rule that a value breaks: where, what was found there, and the rule's own message.

    Rules over what is *wrong* already, or holds something that is, are left out: it cannot be judged.
    """
    if not any(at[: len(path)] == path for at in wrong):
        for rule in schema.get("x-kubernetes-validations", ()):
            if not holds(rule["rule"], value):
                field = tuple(filter(None, rule.get("fieldPath", "").split(".")))
                yield (*path, *field), _at(value, field), rule["message"]
    for key, inner, below in _parts(schema, value):
        yield from broken(below, inner, wrong, (*path, key))


def _at(value: Any, field: Path) -> Any:
    for key in field:
        value = value[key]
    return value


def _parts(schema: Mapping[str, Any], value: Any) -> Iterator[tuple[str | int, Any, Mapping[str, Any]]]:
    """What a value holds: its key, itself, its schema."""
    if isinstance(value, Mapping):
        properties, others = schema.get("properties", {}), schema.get("additionalProperties", {})
        yield from ((key, inner, properties.get(key, others)) for key, inner in value.items())
    elif isinstance(value, list):
        yield from ((at, inner, schema.get("items", {})) for at, inner in enumerate(value))

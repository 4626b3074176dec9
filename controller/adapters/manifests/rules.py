"""The CRDs' CEL rules, judged without an API server: the table has a twin in Python for each of them."""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from typing import Any

#: Keys of a list and names of a mapping, from the root of the document.
Path = tuple[str | int, ...]


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _has_values_where_expected(expression: Mapping[str, Any]) -> bool:
    return (expression["operator"] in ("In", "NotIn")) == bool(expression.get("values"))


def _waits_for_another(policy: Mapping[str, Any]) -> bool:
    gate = policy["spec"].get("gate")
    return gate is None or gate["after"] != policy["metadata"]["name"]


#: Each rule as the CRDs have it, and its twin: does a value hold it that the rest of the schema lets through?
RULES: Mapping[str, Callable[[Any], bool]] = {
    "!format.date().validate(self).hasValue()": _is_date,
    "self.until >= self.from": lambda freeze: freeze["until"] >= freeze["from"],
    "self.all(day, self.exists_one(other, other == day))": lambda days: len(set(days)) == len(days),
    "!has(self.major) || !has(self.behind)": lambda latest: not {"major", "behind"} <= latest.keys(),
    "[has(self.sameMajor), has(self.latest), has(self.below), has(self.exact), has(self.none)]"
    ".filter(given, given).size() == 1": lambda target: len(target) == 1,
    "(self.operator in ['In', 'NotIn']) == (has(self.values) && self.values.size() > 0)": (
        _has_values_where_expected
    ),
    "!has(self.spec.gate) || self.spec.gate.after != self.metadata.name": _waits_for_another,
}


def broken(
    schema: Mapping[str, Any], value: Any, wrong: Collection[Path], path: Path = ()
) -> Iterator[tuple[Path, Any, str]]:
    """Each rule that a value breaks: where, what was found there, and the rule's own message.

    Rules over what is *wrong* already, or holds something that is, are left out: it cannot be judged.
    """
    if not any(at[: len(path)] == path for at in wrong):
        for rule in schema.get("x-kubernetes-validations", ()):
            if not RULES.get(rule["rule"], _any)(value):
                field = tuple(filter(None, rule.get("fieldPath", "").split(".")))
                yield (*path, *field), _at(value, field), rule["message"]
    for key, inner, below in _parts(schema, value):
        yield from broken(below, inner, wrong, (*path, key))


def _any(_: Any) -> bool:
    """A pattern said again, for its message, or a rule over the object's past."""
    return True


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

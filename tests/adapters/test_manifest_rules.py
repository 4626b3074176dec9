"""The CRDs' CEL rules, judged without an API server."""

from collections.abc import Iterator
from typing import Any

import pytest

from controller import crds
from controller.adapters.manifests.rules import FUNCTIONS, holds, program

KINDS = [crd["spec"]["names"]["kind"] for crd in crds.load()]
BELOW = ("items", "additionalProperties")


def rules_of(schema: Any) -> Iterator[str]:
    """Every rule of a schema."""
    for rule in schema.get("x-kubernetes-validations", ()):
        yield rule["rule"]
    below = [*schema.get("properties", {}).values(), *(schema[key] for key in BELOW if key in schema)]
    for inner in below:
        if isinstance(inner, dict):
            yield from rules_of(inner)


RULES = sorted({rule for kind in KINDS for rule in rules_of(crds.schema_of(kind))})

#: By what a rule says: a value that keeps it, and one that breaks it. Their keys must be all the rules.
EXAMPLES: dict[str, tuple[Any, Any]] = {
    "!format.date()": ("2028-02-29", "2027-02-29"),
    "!has(self.major)": ({"major": 15}, {"major": 15, "behind": 1}),
    "!has(self.spec.gate)": (
        {"spec": {"gate": {"after": "b"}}, "metadata": {"name": "a"}},
        {"spec": {"gate": {"after": "a"}}, "metadata": {"name": "a"}},
    ),
    "!self.startsWith('/')": ("policies/macs", "policies/../../etc"),
    "(self.operator in": (
        {"operator": "In", "values": ["lab"]},
        {"operator": "Exists", "values": ["lab"]},
    ),
    "[has(self.sameMajor)": ({"latest": {}}, {"latest": {}, "none": {}}),
    "[has(self.branch)": ({"tag": "v1"}, {"branch": "main", "tag": "v1"}),
    "self.matches('^[0-9a-f]{40}$')": ("9f2c" * 10, "9f2c"),
    "has(self.nanohub)": ({"nanohub": {}}, {}),
    "self.all(day": (["Mon", "Tue"], ["Mon", "Mon"]),
    "self.all(key, key.size()": ({"acme.example/ring": ""}, {"a b": ""}),
    "self.all(key, !key.startsWith": ({"ring": ""}, {"pomona.dev/ring": ""}),
    "self.matches('^(https://": ("ssh://git@git.acme.example/x", "https://token@git.acme.example/x"),
    "self.matches('^([0-9]": ("1h30m", "999ms"),
    "self.matches('^[A-Za-z*]": ("Gate*", "Gate.*"),
    "self.matches('^https?://": ("https://mdm.acme.example", "https://mdm.acme.example/?a"),
    r"self.matches(r'^([01]\d": ("18:00", "24:00"),
    r"self.matches(r'^\d+[A-Z]": ("24G90", "24g90"),
    r"self.matches(r'^\d{1,4}(\.\d{1,4}){0,2}": ("26", "26.0.0.1"),
    r"self.matches(r'^\d{1,4}(\.\d{1,4}){1,2}": ("15.6.1", "15"),
    "self.metadata.name.size()": ({"metadata": {"name": "a" * 63}}, {"metadata": {"name": "a" * 64}}),
    "self.until >= self.from": (
        {"from": "2026-12-19", "until": "2026-12-19"},
        {"from": "2026-12-19", "until": "2026-12-18"},
    ),
}


def test_there_are_rules() -> None:
    assert len(RULES) > 15


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_can_be_judged_and_is_judged_both_ways(rule: str) -> None:
    """A function that nobody defined would refuse everything; a rule nobody can break refuses nothing."""
    if "oldSelf" in rule:
        assert holds(rule, "anything"), "nothing was there before"
        return
    [(good, bad)] = [examples for start, examples in EXAMPLES.items() if rule.startswith(start)]
    assert (holds(rule, good), holds(rule, bad)) == (True, False)


def test_what_is_no_cel_is_an_error_and_no_verdict() -> None:
    with pytest.raises(ValueError, match="parse"):
        program("self.until >=")


@pytest.mark.parametrize("value", [{}, 3, None, {"until": 3, "from": "2026-12-19"}])
def test_what_a_rule_cannot_be_evaluated_on_is_refused(value: Any) -> None:
    assert not holds("self.until >= self.from", value)


@pytest.mark.parametrize("text", ["20261219", "2026-W51-6", "2026-12-19T00:00:00", "2026-12-1", ""])
def test_a_date_has_only_one_form(text: str) -> None:
    assert FUNCTIONS["validate"]("date", text).has_value()

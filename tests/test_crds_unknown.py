"""Fields of a newer schema: named, so that nobody ignores them in silence."""

from typing import Any

import pytest

from controller import crds

FLEET = {"mdm": {"nanohub": {"url": "https://mdm.acme.example", "secretRef": {"name": "nanohub"}}}}


@pytest.mark.parametrize(
    ("spec", "paths"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param({"platform": "macOS", "selector": {}, "deadline": {"days": 14}}, [], id="all known"),
        pytest.param({"urgency": "high"}, ["spec.urgency"], id="of the spec"),
        pytest.param({"deadline": {"foo": 1, "days": 1}}, ["spec.deadline.foo"], id="of an object"),
        pytest.param(
            {"skip": [{"version": "15.6", "bar": {"baz": 1}}, {"version": "15.7"}]},
            ["spec.skip[0].bar"],
            id="of an entry of a list, once",
        ),
        pytest.param({"target": {"newest": {"of": 1}}}, ["spec.target.newest"], id="a new kind of target"),
        pytest.param({"target": {"sameMajor": {"minor": 3}}}, ["spec.target.sameMajor.minor"], id="in {}"),
        pytest.param({"selector": {"matchLabels": {"any": "label"}}}, [], id="keys of a map are free"),
        pytest.param(
            {"a": 1, "gate": {"after": "canary", "b": 1}, "freeze": [{"c": 1}]},
            ["spec.a", "spec.gate.b", "spec.freeze[0].c"],
            id="several",
        ),
        pytest.param({"deadline": None, "skip": {"a": 1}}, ["spec.skip.a"], id="another type than ours"),
        pytest.param(None, [], id="no spec"),
    ],
)
def test_names_what_our_schema_does_not_know(spec: Any, paths: list[str]) -> None:
    assert paths == list(crds.unknown("UpdatePolicy", spec))


def test_each_kind_has_its_own_schema() -> None:
    assert not crds.unknown("Fleet", {**FLEET, "brake": {"percent": 3}})
    assert list(crds.unknown("Fleet", {"mdm": {**FLEET["mdm"], "other": {}}})) == ["spec.mdm.other"]
    assert list(crds.unknown("Device", {"hold": {"from": "2026-10-14"}})) == ["spec.hold.from"]

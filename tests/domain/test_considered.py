"""Which policies and releases were considered, and why each was taken or passed over."""

from datetime import date
from typing import Any

import pytest

from controller.domain.fleets import Fleet
from controller.domain.policies import Gate, UpdatePolicy
from controller.domain.reasons import Reason
from controller.domain.releases import Improvement
from controller.domain.selectors import Expression, Selector
from controller.domain.targets import Exact
from controller.domain.versions import Platform
from tests.domain.builders import (
    SHELF,
    a_catalog,
    a_declaration,
    a_device,
    a_policy,
    a_release,
    exploited,
    facts,
    v,
)
from tests.domain.explained import explained

LATE = a_declaration("15.6", "2025-08-27T18:00")


def gated() -> UpdatePolicy:
    return a_policy(gate=Gate("canary"))


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        pytest.param(a_policy("phones", platform=Platform.IOS), "is for iOS, and it is macOS", id="platform"),
        pytest.param(
            a_policy("canary", selector=Selector(frozenset({("ring", "canary")}))),
            "matchLabels asks for ring=canary, and it has ring=broad",
            id="another label",
        ),
        pytest.param(
            a_policy("lab", selector=Selector(frozenset({("lab", "1")}))),
            "matchLabels asks for lab=1, and it has no lab",
            id="no label",
        ),
        pytest.param(
            a_policy(
                "not", selector=Selector(expressions=(Expression("ring", "NotIn", frozenset({"broad"})),))
            ),
            "matchExpressions asks for ring NotIn (broad), and it has ring=broad",
            id="an expression",
        ),
        pytest.param(
            a_policy("has", selector=Selector(expressions=(Expression("owner", "Exists"),))),
            "matchExpressions asks for owner Exists, and it has no owner",
            id="an expression without values",
        ),
        pytest.param(
            a_policy("few", selector=Selector(names=frozenset())), "names does not list it", id="name"
        ),
        pytest.param(
            a_policy("tenth", selector=Selector(percent=10)),
            "percent takes the parts below 10, and it is in part 61 of 100",
            id="percent",
        ),
        pytest.param(
            a_policy("new", selector=Selector(enrolled_days=14)),
            "enrolledDays asks for 14 days at most, and it is here since 2025-01-01",
            id="age",
        ),
        pytest.param(
            a_policy("both", selector=Selector(frozenset({("ring", "x")}), names=frozenset())),
            "matchLabels asks for ring=x, and it has ring=broad; names does not list it",
            id="two at once",
        ),
        pytest.param(
            a_policy("zlast"), "would cover it, and macs comes first by its name", id="another name"
        ),
        pytest.param(
            a_policy("also", priority=-1),
            "would cover it, and macs comes first by its priority",
            id="priority",
        ),
    ],
)
def test_a_policy_that_is_passed_over_says_why(policy: UpdatePolicy, why: str) -> None:
    found = explained(a_policy("macs"), policy, device=a_device(ring="broad"))
    assert {p.name: p.why for p in found.policies} == {"macs": "covers it", policy.name: why}


@pytest.mark.parametrize(
    ("given", "release", "why"),
    [
        pytest.param({}, "15.6.1", "is asked for", id="asked"),
        pytest.param({}, "15.6", "is older than 15.6.1", id="older"),
        pytest.param(
            {"policies": [a_policy(skip=frozenset({v("15.6")}))]}, "15.6", "is skipped by macs", id="skip"
        ),
        pytest.param(
            {"fleet": Fleet(skip=frozenset({(Platform.MACOS, v("15.6"))}))},
            "15.6",
            "is skipped by the Fleet",
            id="the fleet skips it",
        ),
        pytest.param(
            {"catalog": a_catalog(*SHELF, a_release("15.6.2", "2025-08-22", withdrawn=True))},
            "15.6.2",
            "was taken back by Apple",
            id="withdrawn",
        ),
        pytest.param(
            {"catalog": a_catalog(*SHELF, a_release("15.6.2", "2025-08-22", signed=False))},
            "15.6.2",
            "is signed by Apple no more",
            id="not signed",
        ),
        pytest.param(
            {"catalog": a_catalog(*SHELF, a_release("15.6.2", "2025-08-22"))},
            "15.6.2",
            "is signed and not on offer; what is on offer comes first",
            id="not on offer",
        ),
        pytest.param(
            {"policies": [a_policy(target=Exact(v("15.6")))]},
            "15.6.1",
            "is not what macs asks for: exactly 15.6",
            id="not accepted",
        ),
        pytest.param(
            {"policies": [a_policy(target=Exact(v("15.6"), "24G1"))]},
            "15.6",
            "is not there in the build 24G1",
            id="another build",
        ),
        pytest.param(
            {"policies": [gated(), a_policy("canary", selector=Selector(names=frozenset()))]},
            "15.6.1",
            "waits until canary has proved it",
            id="the gate is closed",
        ),
        pytest.param(
            {"current": LATE},
            "15.6.1",
            "came too late: 15.6 is promised, and too near to be changed",
            id="the promise is near",
        ),
        pytest.param(
            {
                "policies": [a_policy(deadline={"major_days": 60})],
                "catalog": a_catalog(*SHELF, a_release("26.0", "2025-08-22", public=True)),
            },
            "26.0",
            "comes once 15.6.1 is installed: majorDays takes upgrades apart",
            id="majors apart",
        ),
        pytest.param(
            {"exploited": exploited("15.6")},
            "15.6",
            "is older than 15.6.1; fixes the exploited CVE-2025-15.6",
            id="exploited",
        ),
    ],
)
def test_a_release_says_why_it_is_asked_for_or_not(given: dict[str, Any], release: str, why: str) -> None:
    policies = given.pop("policies", [a_policy()])
    found = explained(*policies, **given)
    assert {r.name: r.why for r in found.releases}[release] == why


def test_an_improvement_is_considered_by_its_letter() -> None:
    improvement = Improvement(v("15.6.1"), "a", "24G90a", "15.6.1B1", date(2025, 8, 21))
    catalog = a_catalog(*SHELF, improvements=(improvement,))
    says = facts("15.6.1", build="15.6.1B1")
    found = explained(a_policy(background_security=True), says=says, catalog=catalog)
    assert [(r.name, r.asked, r.why) for r in found.releases] == [
        ("15.6.1 (a)", True, "is asked for, on top of 15.6.1")
    ]


def test_an_improvement_that_stays_while_the_gate_is_closed_is_not_asked_for() -> None:
    improvement = Improvement(v("15.6.1"), "b", "15.6.1B1b", "15.6.1B1", date(2025, 8, 21))
    found = explained(
        gated(),
        a_policy("canary", selector=Selector(names=frozenset())),
        catalog=a_catalog(*SHELF, improvements=(improvement,)),
        current=a_declaration(build="15.6.1B1b"),
    )
    assert found.decision.verdict.reason is Reason.GATED
    assert [release.name for release in found.releases if release.asked] == []

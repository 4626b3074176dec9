"""Background security improvements: `backgroundSecurity: Enforce`."""

from datetime import date
from typing import Any

import pytest

from controller.domain.catalog import Catalog
from controller.domain.declarations import Declaration
from controller.domain.policies import Gate
from controller.domain.proofs import Proofs
from controller.domain.reasons import Reason
from controller.domain.releases import Improvement, Release
from controller.domain.reports import Ours, Report, merge
from tests.domain.builders import (
    NOW,
    a_catalog,
    a_declaration,
    a_policy,
    a_release,
    decide,
    facts,
    v,
)

BASE = Release(v("26.3.1"), date(2025, 8, 4), ("25D2128",), ("25D2128", "25D8128"))


def an_improvement(extra: str = "a", posted: str = "2025-08-20") -> Improvement:
    return Improvement(v("26.3.1"), extra, f"25D77{extra}", "25D2128", date.fromisoformat(posted))


def listed(*releases: Release, improvements: tuple[Improvement, ...] = (an_improvement(),)) -> Catalog:
    return a_catalog(*(releases or (BASE,)), improvements=improvements)


def verdict(policy: Any = None, *, build: str = "25D2128", has: str = "", **given: Any) -> Any:
    says = given.pop("says", facts("26.3.1", build=build, supplemental_build=has))
    known = {"catalog": listed()} | given
    return decide(policy or a_policy(background_security=True), says=says, **known).verdict


def asks(extra: str, deadline: str) -> Declaration:
    return a_declaration("26.3.1", deadline, build=f"25D77{extra}")


NEWER = a_release("26.4", "2025-08-24", public=True)


@pytest.mark.parametrize(
    ("given", "reason", "declaration"),
    [
        pytest.param(
            {}, Reason.ENFORCED, asks("a", "2025-09-03T18:00"), id="on just the build that it needs"
        ),
        pytest.param({"has": "25D77a"}, Reason.UP_TO_DATE, None, id="it has it"),
        pytest.param({"build": "25D8128"}, Reason.UP_TO_DATE, None, id="another build of the same version"),
        pytest.param({"policy": a_policy()}, Reason.UP_TO_DATE, None, id="Leave"),
        pytest.param(
            {"policy": a_policy(background_security=True, skip=frozenset({v("26.3.1")}))},
            Reason.NO_RELEASE,
            None,
            id="its version is skipped",
        ),
        pytest.param(
            {"catalog": listed(BASE, NEWER)},
            Reason.ENFORCED,
            a_declaration("26.4", "2025-09-03T18:00"),
            id="something newer is on offer: that, without a build, by the day of what is missed first",
        ),
        pytest.param(
            {
                "catalog": listed(BASE, NEWER),
                "policy": a_policy(background_security=True, skip=frozenset({v("26.4")})),
            },
            Reason.UP_TO_DATE,
            None,
            id="something newer is on offer that is not accepted",
        ),
        pytest.param(
            {"catalog": listed(Release(v("26.3.1"), date(2025, 8, 4), past=("25D2128",)))},
            Reason.UP_TO_DATE,
            None,
            id="stale: its build is signed no more",
        ),
        pytest.param(
            {"catalog": listed(Release(v("26.3.1"), date(2025, 8, 4), (), ("25D2128",), (), True))},
            Reason.NO_RELEASE,
            None,
            id="stale: its build was taken back",
        ),
    ],
)
def test_what_is_asked_for(given: dict[str, Any], reason: Reason, declaration: Declaration | None) -> None:
    policy = given.pop("policy", None)
    found = verdict(policy, **given)
    assert (reason, declaration) == (found.reason, found.declaration)


def test_the_message_names_it() -> None:
    assert verdict().message == "26.3.1 (a) by 2025-09-03T18:00: 14 days after 26.3.1 (a) was posted"


@pytest.mark.parametrize("current", ["2025-09-03T18:00", "2025-08-27T18:00", "2025-08-20T18:00"])
def test_it_is_let_go_when_the_device_has_taken_it(current: str) -> None:
    found = verdict(has="25D77a", current=asks("a", current))
    assert (found.reason, found.declaration, found.unfinished) == (Reason.UP_TO_DATE, None, False)


@pytest.mark.parametrize("letter", ["a", "(a)"])
def test_the_letter_is_the_same_with_and_without_brackets(letter: str) -> None:
    supplemental = {"extra-version": letter, "build-version": "25D77a"}
    items = {"device": {"operating-system": {"version": "26.3.1", "supplemental": supplemental}}}
    heard = merge(None, Report("1", NOW, True, items), Ours("pomona-", "pomona-u"))
    assert (heard.supplemental_extra, heard.supplemental_build) == ("a", "25D77a")


class TestTwo:
    """Apple may ship (b) after (a)."""

    BOTH = listed(improvements=(an_improvement("b", "2025-08-24"), an_improvement("a", "2025-08-20")))

    def test_the_newer_one_is_due_with_the_older_one(self) -> None:
        found = verdict(catalog=self.BOTH)
        assert asks("b", "2025-09-03T18:00") == found.declaration
        assert found.message == "26.3.1 (b) by 2025-09-03T18:00: 14 days after 26.3.1 (a) was posted"

    def test_who_has_the_older_one_is_asked_for_the_newer_one(self) -> None:
        assert asks("b", "2025-09-07T18:00") == verdict(catalog=self.BOTH, has="25D77a").declaration

    def test_who_has_the_newer_one_lacks_nothing(self) -> None:
        assert verdict(catalog=self.BOTH, has="25D77b").reason is Reason.UP_TO_DATE

    def test_nor_when_apple_lists_the_newer_one_no_more(self) -> None:
        older = listed(improvements=(an_improvement("a", "2025-08-20"),))
        says = facts("26.3.1", build="25D2128", supplemental_build="25D77b", supplemental_extra="b")
        assert verdict(says=says, catalog=older).reason is Reason.UP_TO_DATE

    def test_a_far_promise_follows_under_the_same_day(self) -> None:
        far = asks("a", "2025-09-03T18:00")
        assert asks("b", "2025-09-03T18:00") == verdict(catalog=self.BOTH, current=far).declaration

    def test_a_near_promise_stays(self) -> None:
        near = asks("a", "2025-08-27T18:00")
        policy = a_policy(background_security=True, days=7)
        assert near == verdict(policy, catalog=self.BOTH, current=near).declaration


class TestNewerRelease:
    """What a promised improvement becomes when a newer release comes."""

    def test_far_it_becomes_the_newer_release_under_the_same_day(self) -> None:
        far = asks("a", "2025-09-03T18:00")
        found = verdict(catalog=listed(BASE, NEWER), current=far)
        assert a_declaration("26.4", "2025-09-03T18:00") == found.declaration

    @pytest.mark.parametrize("gate", [None, Gate("ring")], ids=["no gate", "a gate"])
    @pytest.mark.parametrize(
        "proven", [frozenset(), frozenset({v("26.3.1")})], ids=["nothing", "what it runs"]
    )
    def test_near_it_stays(self, gate: Gate | None, proven: frozenset[Any]) -> None:
        near = asks("a", "2025-08-27T18:00")
        policy = a_policy(background_security=True, days=7, gate=gate)
        proofs = Proofs({"macs": dict.fromkeys(proven, date(2025, 8, 5))})
        assert near == verdict(policy, catalog=listed(BASE, NEWER), current=near, proofs=proofs).declaration


def test_no_gate_waits_for_it() -> None:
    policy = a_policy(background_security=True, gate=Gate("ring"))
    assert asks("a", "2025-09-03T18:00") == verdict(policy).declaration


def test_a_model_that_one_answer_forgets_keeps_it() -> None:
    far = asks("a", "2025-09-03T18:00")
    forgotten = listed(Release(v("26.3.1"), date(2025, 8, 4), past=("25D2128",)), improvements=())
    found = verdict(catalog=forgotten, current=far)
    assert (found.reason, found.declaration) == (Reason.NO_RELEASE, far)

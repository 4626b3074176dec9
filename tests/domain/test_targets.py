"""Targets: from which list each chooses, what it does above itself, and how majors are ranked."""

from collections.abc import Collection
from datetime import date
from typing import Any

import pytest

from controller.domain.catalog import Catalog, Shelf
from controller.domain.choices import choose
from controller.domain.majors import Majors
from controller.domain.reasons import Reason
from controller.domain.releases import Release
from controller.domain.targets import Behind, Below, Exact, Latest, OfMajor, SameMajor, Target, parse_target
from controller.domain.versions import Platform, Version
from tests.domain.builders import a_catalog, a_policy, a_release, decide, facts, v

#: Public, still signed because something newer took its place, and no longer signed.
SHELF = (
    a_release("14.7.7", "2025-07-29"),
    a_release("14.7.8", "2025-08-20", public=True),
    a_release("15.5", "2025-05-12", signed=False),
    a_release("15.6", "2025-07-29"),
    a_release("15.6.1", "2025-08-20", public=True),
    a_release("26.0", "2025-09-15"),
    a_release("26.0.1", "2025-09-29", public=True),
)
MAJORS = a_catalog(*SHELF).majors(Platform.MACOS)


def asked(
    target: Target,
    installed: str,
    releases: Collection[Release] = SHELF,
    *,
    build: str = "",
    skipped: Collection[Version] = (),
    proven: Any = None,
) -> str | None:
    chosen = choose(target, Shelf(tuple(releases)), (v(installed), build), MAJORS, skipped, proven).newest()
    return str(chosen.version) if chosen else None


@pytest.mark.parametrize(
    ("target", "installed", "newest"),
    [
        pytest.param(Latest(), "14.7.7", "26.0.1", id="latest: across majors"),
        pytest.param(Latest(), "26.0", "26.0.1", id="latest: the last step"),
        pytest.param(Latest(), "26.0.1", None, id="latest: there"),
        pytest.param(SameMajor(), "14.5", "14.7.8", id="sameMajor: 14"),
        pytest.param(SameMajor(), "15.0", "15.6.1", id="sameMajor: 15"),
        pytest.param(SameMajor(), "15.6.1", None, id="sameMajor: the next major is none of its"),
        pytest.param(OfMajor(15), "14.7.8", "15.6.1", id="latest of a major: up to it"),
        pytest.param(OfMajor(15), "15.5", "15.6.1", id="latest of a major: within it"),
        pytest.param(
            OfMajor(15), "26.0", "26.0.1", id="latest of a major: on a newer one, the newest of its own"
        ),
        pytest.param(OfMajor(25), "15.6", None, id="latest of a major that never was"),
        pytest.param(Behind(1), "14.5", "15.6.1", id="one behind 26 is 15"),
        pytest.param(Behind(1), "15.6.1", None, id="one behind: there"),
        pytest.param(Behind(2), "14.5", "14.7.8", id="two behind 26 is 14"),
        pytest.param(Behind(3), "14.5", None, id="three behind: there are not so many majors"),
        pytest.param(Below(v("26.0")), "14.5", "15.6.1", id="below a major, which is not included"),
        pytest.param(Below(v("15.6.1")), "14.5", "15.6", id="below what is public: what is still signed"),
        pytest.param(Below(v("15.6")), "14.5", "14.7.8", id="below: never what is signed no more"),
        pytest.param(Exact(v("15.6")), "14.5", "15.6", id="exact: what is still signed"),
        pytest.param(Exact(v("15.5")), "14.5", None, id="exact: not what is signed no more"),
        pytest.param(Exact(v("15.6")), "15.6", None, id="exact: there"),
        pytest.param(Exact(v("15.6"), "15.6B1"), "14.5", "15.6", id="exact with a build"),
        pytest.param(Exact(v("15.6"), "24G1"), "14.5", None, id="exact with a build that it never had"),
    ],
)
def test_what_it_asks_for(target: Target, installed: str, newest: str | None) -> None:
    assert newest == asked(target, installed)


@pytest.mark.parametrize(
    ("build", "newest"),
    [
        pytest.param("15.6B1", None, id="just this build"),
        pytest.param("15.6B0", "15.6", id="the same version in another build"),
    ],
)
def test_exact_with_a_build_looks_at_the_build(build: str, newest: str | None) -> None:
    assert newest == asked(Exact(v("15.6"), "15.6B1"), "15.6", build=build)


#: 15.6 is higher than 15.5, which is what Apple offers: a ghost where it was taken back.
GHOSTS = (
    a_release("15.4", "2025-04-01"),
    a_release("15.5", "2025-05-12", public=True),
    a_release("15.6", "2025-07-29", withdrawn=True),
)
SIGNED = (a_release("15.4", "2025-04-01"), a_release("15.5", "2025-05-12"))


@pytest.mark.parametrize(
    ("target", "releases", "newest"),
    [
        pytest.param(Latest(), SIGNED, "15.5", id="latest: nothing public, the newest signed"),
        pytest.param(SameMajor(), SIGNED, "15.5", id="sameMajor: nothing public, the newest signed"),
        pytest.param(Latest(), GHOSTS, "15.5", id="latest: not what was withdrawn"),
        pytest.param(SameMajor(), GHOSTS, "15.5", id="sameMajor: not what was withdrawn"),
        pytest.param(Below(v("26.0")), GHOSTS, "15.5", id="below: not what was withdrawn"),
        pytest.param(Exact(v("15.6")), GHOSTS, None, id="exact: not what was withdrawn"),
        pytest.param(
            Latest(),
            (*GHOSTS[:2], a_release("15.6", "2025-07-29")),
            "15.5",
            id="public before signed, however high",
        ),
        pytest.param(
            Below(v("26.0")),
            (*GHOSTS[:2], a_release("15.6", "2025-07-29")),
            "15.6",
            id="below: signed is enough",
        ),
    ],
)
def test_from_which_list_it_chooses(
    target: Target, releases: tuple[Release, ...], newest: str | None
) -> None:
    assert newest == asked(target, "15.0", releases)


@pytest.mark.parametrize("target", [Latest(), SameMajor(), OfMajor(15), Behind(1), Below(v("26.0"))])
def test_what_is_skipped_is_out(target: Target) -> None:
    assert asked(target, "15.5", skipped={v("15.6.1"), v("26.0.1"), v("26.0")}) == "15.6"


@pytest.mark.parametrize("target", [Latest(), SameMajor(), OfMajor(15), Behind(1), Below(v("26.0"))])
def test_under_a_gate_it_chooses_the_newest_that_is_proven_and_still_signed(target: Target) -> None:
    proven = dict.fromkeys(map(v, ("15.5", "15.6")), date(2025, 8, 1))
    assert asked(target, "15.4", proven=proven) == "15.6"
    assert asked(target, "15.4", proven={}) is None


@pytest.mark.parametrize(
    ("target", "installed", "reason"),
    [
        pytest.param(Latest(), "26.1", Reason.AHEAD, id="above all that was ever listed"),
        pytest.param(Below(v("26.0")), "26.0", Reason.ABOVE_TARGET, id="below: the version itself"),
        pytest.param(Below(v("26.0")), "26.0.1", Reason.ABOVE_TARGET, id="below: above it"),
        pytest.param(Exact(v("15.6")), "15.6.1", Reason.ABOVE_TARGET, id="exact: above it"),
        pytest.param(Behind(1), "26.0", Reason.ABOVE_TARGET, id="behind: on the newest major"),
        pytest.param(Behind(1), "15.6", Reason.ENFORCED, id="behind: on the one before"),
        pytest.param(OfMajor(15), "26.0.1", Reason.UP_TO_DATE, id="latest of a major: the newest of its own"),
        pytest.param(SameMajor(), "15.6.1", Reason.UP_TO_DATE, id="sameMajor: there"),
        pytest.param(OfMajor(26), "26.0", Reason.ENFORCED, id="latest of the major: behind"),
        pytest.param(None, "15.5", Reason.NO_POLICY, id="none: nothing is enforced"),
    ],
)
def test_what_happens_above_it(target: Target | None, installed: str, reason: Reason) -> None:
    verdict = decide(a_policy(target=target), says=facts(installed), catalog=a_catalog(*SHELF)).verdict
    assert reason is verdict.reason


class TestMajors:
    """They are ranked by those that exist: 26 came after 15."""

    @pytest.mark.parametrize(("count", "major"), [(1, 15), (2, 14), (3, None)])
    def test_so_many_behind_the_newest(self, count: int, major: int | None) -> None:
        assert major == MAJORS.behind(count)

    def test_any_model_of_the_platform_makes_a_major_exist(self) -> None:
        old, new = a_catalog(*SHELF[:5]), a_catalog(*SHELF[5:], models=("J700AP",))
        catalog = Catalog({**old.shelves, **new.shelves})
        policy = a_policy(target=Behind(1))
        verdict = decide(policy, says=facts("14.5"), catalog=catalog).verdict
        assert verdict.declaration is not None
        assert v("15.6.1") == verdict.declaration.version

    def test_a_major_of_another_platform_does_not(self) -> None:
        phones = a_catalog(a_release("18.6", "2025-07-29", public=True), models=("iPhone15,2",))
        assert (
            Catalog({**a_catalog(*SHELF[:5]).shelves, **phones.shelves}).majors(Platform.MACOS).behind(1)
            == 14
        )

    @pytest.mark.parametrize(
        ("release", "since"),
        [
            pytest.param("15.6.1", "2025-09-15", id="15, since 26 came"),
            pytest.param("14.7.8", "2025-08-20", id="14, since it was posted: 15 was there"),
        ],
    )
    def test_behind_accepts_a_release_since_enough_majors_had_come(self, release: str, since: str) -> None:
        [found] = [r for r in SHELF if r.version == v(release)]
        assert date.fromisoformat(since) == Behind(1).accepted_since(found, MAJORS)

    def test_a_major_that_is_first_heard_of_late_moves_no_day(self) -> None:
        """Models differ: the platform may have had 27 before anything of 26 was listed."""
        began = ((15, date(2024, 9, 16)), (26, date(2026, 10, 1)), (27, date(2026, 9, 14)))
        assert Majors(began).passed(15, 1) == date(2026, 9, 14)


@pytest.mark.parametrize(
    ("spec", "target"),
    [
        ({"sameMajor": {}}, SameMajor()),
        ({"latest": {}}, Latest()),
        ({"latest": {"major": 15}}, OfMajor(15)),
        ({"latest": {"behind": 1}}, Behind(1)),
        ({"below": {"version": "26"}}, Below(v("26.0"))),
        ({"below": {"version": "15.6.1"}}, Below(v("15.6.1"))),
        ({"exact": {"version": "15.6.1"}}, Exact(v("15.6.1"))),
        ({"exact": {"version": "15.6.1", "build": "24G90"}}, Exact(v("15.6.1"), "24G90")),
        ({"none": {}}, None),
    ],
)
def test_is_read_from_a_spec(spec: dict[str, Any], target: Target | None) -> None:
    assert target == parse_target(spec)


def test_one_that_is_not_known_is_named() -> None:
    with pytest.raises(ValueError, match=r"spec\.target\.beta is not a target"):
        parse_target({"beta": {}})

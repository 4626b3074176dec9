"""The rules on real answers of the lookup service: what was recorded in two years."""

from datetime import date, datetime
from functools import cache

import pytest

from controller.adapters.lookup import parse_answer, parse_history
from controller.domain.cases import Verdict
from controller.domain.catalog import Catalog
from controller.domain.choices import choose
from controller.domain.declarations import Declaration
from controller.domain.majors import Majors
from controller.domain.reasons import Reason
from controller.domain.targets import Latest, SameMajor
from controller.domain.versions import platform_of
from tests.data import needs_recordings, recorded
from tests.domain.builders import a_declaration, a_policy, decide, facts, v

pytestmark = needs_recordings


@cache
def catalog_of(name: str) -> Catalog:
    day = date.fromisoformat(name.removeprefix("pmv_")[:10])
    return Catalog().learn(parse_answer(recorded(name)), day)


@pytest.mark.parametrize(
    ("name", "model", "installed", "same_major", "newest"),
    [
        pytest.param("pmv_2024-09-18T0050", "iPad16,3", "17.6.1", "17.7", "18.0", id="before the withdrawal"),
        pytest.param("pmv_2024-09-18T1638", "iPad16,3", "17.6.1", "17.7", "17.7", id="after the withdrawal"),
        pytest.param(
            "pmv_2024-09-18T1638", "iPad16,3", "18.0", None, None, id="on what was withdrawn: no downgrade"
        ),
        pytest.param("pmv_2025-05-16", "iPad7,1", "17.7.6", None, None, id="withdrawn, and nothing newer"),
        pytest.param("pmv_2024-11-01", "J604AP", "15.0.1", "15.1", "15.1", id="a fork of the hardware"),
        pytest.param("pmv_2024-11-01", "J314sAP", "15.0.1", "15.1", "15.1", id="and the others"),
        pytest.param("pmv_2025-08-15", "iPhone15,2", "18.6", "18.6.1", "18.6.1", id="for phones only"),
        pytest.param("pmv_2025-08-15", "iPad13,1", "18.6", None, None, id="and not for pads"),
        pytest.param("pmv_2025-09-20", "iPhone18,1", "26.0", None, None, id="the same version, rebuilt"),
    ],
)
def test_what_a_device_is_asked_for(
    name: str, model: str, installed: str, same_major: str | None, newest: str | None
) -> None:
    shelf = catalog_of(name).shelf(model)
    assert shelf is not None
    chosen = [
        choose(target, shelf, (v(installed), ""), Majors(), (), None).newest()
        for target in (SameMajor(), Latest())
    ]
    assert [same_major, newest] == [release and str(release.version) for release in chosen]


@pytest.mark.parametrize(("model", "build"), [("J604AP", "24B2083"), ("J314sAP", "24B83")])
def test_a_fork_has_its_own_build(model: str, build: str) -> None:
    shelf = catalog_of("pmv_2024-11-01").shelf(model)
    assert shelf is not None
    release = shelf.find(v("15.1"))
    assert release is not None
    assert release.public == (build,)


@pytest.mark.parametrize(
    ("name", "model", "installed", "reason"),
    [
        pytest.param(
            "pmv_2024-09-18T1638", "iPad16,3", "18.0", Reason.UP_TO_DATE, id="on what was withdrawn"
        ),
        pytest.param("pmv_2025-05-16", "iPad7,1", "17.7.6", Reason.UP_TO_DATE, id="below what was withdrawn"),
        pytest.param(
            "pmv_2025-09-20", "iPhone18,1", "26.0", Reason.UP_TO_DATE, id="the same version, rebuilt"
        ),
        pytest.param("pmv_2025-08-15", "iPhone15,2", "26.0", Reason.AHEAD, id="above all that is listed"),
        pytest.param("pmv_2025-08-15", "iPhone18,1", "18.6", Reason.UNKNOWN_MODEL, id="before its launch"),
    ],
)
def test_why_a_device_is_asked_for_nothing(name: str, model: str, installed: str, reason: Reason) -> None:
    assert reason is decided(name, model, installed).reason


def test_what_was_promised_is_let_go_when_apple_takes_it_back() -> None:
    promised = a_declaration("17.7.7", "2025-05-28T18:00")
    assert decided("pmv_2025-05-16", "iPad7,1", "17.7.6", promised).declaration is None


def decided(name: str, model: str, installed: str, promised: Declaration | None = None) -> Verdict:
    platform = platform_of(model)
    assert platform
    now = datetime.fromisoformat(f"{name.removeprefix('pmv_')[:10]}T23:00+00:00")
    policy, says = a_policy(platform=platform), facts(installed, model=model, build="")
    return decide(policy, says=says, catalog=catalog_of(name), current=promised, now=now).verdict


def test_an_empty_answer_is_not_believed() -> None:
    reading = parse_answer(recorded("pmv_2024-11-14T1941"))
    assert reading.doubt(catalog_of("pmv_2024-11-01").public_pairs()) == "the answer is empty"


@cache
def history() -> tuple[Catalog, int, set[tuple[str, str]]]:
    """The catalog after two years, how often it differed, and what was ever withdrawn."""
    catalog, changes = Catalog(), 0
    withdrawn: set[tuple[str, str]] = set()
    for moment, reading in parse_history(recorded("pmv_replay")):
        if reading.doubt(catalog.public_pairs()):
            continue
        learned = catalog.learn(reading, moment.date())
        changes += learned != catalog
        catalog = learned
    for model, shelf in catalog.shelves.items():
        withdrawn |= {(str(r.version), model) for r in shelf.releases if r.withdrawn}
    return catalog, changes, withdrawn


def test_just_the_two_real_withdrawals_are_seen() -> None:
    _, _, withdrawn = history()
    pads = {("18.0", f"ipad16,{n}") for n in range(3, 7)} | {("17.7.7", f"ipad7,{n}") for n in range(1, 7)}
    assert pads == withdrawn


def test_most_answers_change_nothing() -> None:
    """679 answers differ from one another, most only in order and in dates that moved."""
    _, changes, _ = history()
    assert changes < 100


@pytest.mark.parametrize(
    ("model", "version", "posted"),
    [
        ("J314sAP", "15.6.1", date(2025, 8, 20)),
        ("J314sAP", "12.7.6", date(2024, 7, 29)),
        ("J604AP", "15.1", date(2024, 10, 30)),
    ],
)
def test_a_release_is_as_old_as_its_first_posting(model: str, version: str, posted: date) -> None:
    catalog, _, _ = history()
    shelf = catalog.shelf(model)
    assert shelf is not None
    release = shelf.find(v(version))
    assert release is not None
    assert posted == release.posted

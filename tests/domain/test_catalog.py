"""What the catalog remembers of one reading after another."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.catalog import Catalog
from controller.domain.catalog_document import from_document, to_document
from controller.domain.readings import Entry, Reading
from controller.domain.releases import Release
from tests.domain.builders import v

MAC, PHONE = "J314sAP", "iPhone15,2"
TODAY = date(2025, 8, 25)


def an_entry(
    version: str,
    posted: str = "2025-08-20",
    *models: str,
    build: str = "24G90",
    expires: str | None = "2025-11-20",
) -> Entry:
    day = date.fromisoformat(expires) if expires else None
    return Entry(v(version), build, date.fromisoformat(posted), day, frozenset(models or (MAC,)))


def a_reading(*public: Entry, signed: tuple[Entry, ...] = ()) -> Reading:
    return Reading(frozenset({"iOS", "macOS"}), public, public + signed)


def learned(*readings: Reading, today: date = TODAY) -> Catalog:
    catalog = Catalog()
    for reading in readings:
        catalog = catalog.learn(reading, today)
    return catalog


def the_release(catalog: Catalog, version: str, model: str = MAC) -> Release:
    shelf = catalog.shelf(model)
    assert shelf is not None
    release = shelf.find(v(version))
    assert release is not None
    return release


def test_the_earliest_posting_date_is_remembered_for_good() -> None:
    first, again = an_entry("15.6.1", "2025-08-20"), an_entry("15.6.1", "2025-08-27")
    assert date(2025, 8, 20) == the_release(learned(a_reading(first), a_reading(again)), "15.6.1").posted


def test_the_earlier_of_both_lists_counts() -> None:
    reading = a_reading(an_entry("15.6.1", "2025-08-27"), signed=(an_entry("15.6.1", "2025-08-20"),))
    assert date(2025, 8, 20) == the_release(learned(reading), "15.6.1").posted


def test_models_are_found_in_any_case() -> None:
    catalog = learned(a_reading(an_entry("15.6.1")))
    assert catalog.shelf("j314Sap") is not None
    assert catalog.shelf("J999AP") is None


@pytest.mark.parametrize(
    ("expires", "on_offer"),
    [
        pytest.param("2025-08-25", True, id="the last day counts"),
        pytest.param("2025-08-24", False, id="expired, though listed"),
        pytest.param(None, True, id="no date does not expire"),
    ],
)
def test_what_expired_is_not_on_offer(expires: str | None, on_offer: bool) -> None:
    release = the_release(learned(a_reading(an_entry("15.6.1", expires=expires))), "15.6.1")
    assert on_offer is bool(release.public)


def test_a_release_that_is_listed_no_more_is_remembered_but_not_installable() -> None:
    catalog = learned(a_reading(an_entry("15.6")), a_reading(an_entry("15.6.1")))
    gone = the_release(catalog, "15.6")
    assert (gone.signed, gone.installable, gone.lists("24G90")) == ((), False, True)


def test_builds_are_a_set_for_each_model() -> None:
    fork = an_entry("15.1", "2024-10-30", "J604AP", build="24B2083")
    catalog = learned(a_reading(an_entry("15.1", "2024-10-28", MAC, build="24B83"), fork))
    assert the_release(catalog, "15.1").public == ("24B83",)
    assert the_release(catalog, "15.1", "J604AP").public == ("24B2083",)


def test_a_rebuild_takes_the_place_of_the_first_build() -> None:
    first, second = an_entry("26.0", build="23A341"), an_entry("26.0", build="23A345")
    release = the_release(learned(a_reading(first), a_reading(second, signed=(first,))), "26.0")
    assert (release.public, release.signed) == (("23A345",), ("23A341", "23A345"))


class TestWithdrawal:
    """Still signed, not on offer, and nothing newer took its place."""

    @pytest.mark.parametrize(
        ("public", "signed", "withdrawn"),
        [
            pytest.param(
                ("17.7",), "18.0", True, id="none of its major is on offer, and it is above everything"
            ),
            pytest.param(("17.7.6", "16.7"), "17.7.7", True, id="all of its major on offer are lower"),
            pytest.param(("15.6.1",), "15.6", False, id="something newer took its place"),
            pytest.param(("26.0",), "18.6", False, id="of an older major"),
            pytest.param(("26.0", "18.6.1"), "18.6", False, id="superseded in its own major"),
        ],
    )
    def test_rule(self, public: tuple[str, ...], signed: str, withdrawn: bool) -> None:
        reading = a_reading(*map(an_entry, public), signed=(an_entry(signed),))
        assert withdrawn is the_release(learned(reading), signed).withdrawn

    def test_is_remembered_when_the_successor_comes(self) -> None:
        ghost = an_entry("18.0")
        catalog = learned(
            a_reading(an_entry("17.7"), signed=(ghost,)),
            a_reading(an_entry("18.0.1"), signed=(ghost,)),
        )
        assert the_release(catalog, "18.0").withdrawn
        assert not the_release(catalog, "18.0").installable

    def test_is_a_matter_of_the_model(self) -> None:
        reading = a_reading(
            an_entry("17.7", "2024-09-16", "iPad16,3"),
            an_entry("18.0", "2024-09-16", "iPad13,1"),
            signed=(an_entry("18.0", "2024-09-16", "iPad16,3"),),
        )
        assert the_release(learned(reading), "18.0", "iPad16,3").withdrawn
        assert not the_release(learned(reading), "18.0", "iPad13,1").withdrawn

    def test_nothing_is_concluded_of_a_model_without_an_offer(self) -> None:
        reading = a_reading(an_entry("15.6.1"), signed=(an_entry("18.0", "2024-09-16", PHONE),))
        assert not the_release(learned(reading), "18.0", PHONE).withdrawn


entries = st.builds(
    an_entry,
    st.sampled_from(["15.5", "15.6", "15.6.1", "26.0"]),
    st.sampled_from(["2025-05-12", "2025-07-29", "2025-08-20", "2025-08-27"]),
    st.sampled_from([MAC, "J604AP", PHONE]),
    build=st.sampled_from(["24G84", "24G90", ""]),
)
readings = st.builds(
    lambda public, signed: a_reading(*public, signed=tuple(signed)), st.lists(entries), st.lists(entries)
)


@given(st.lists(readings, max_size=4))
def test_a_catalog_survives_being_written_down(heard: list[Reading]) -> None:
    catalog = learned(*heard)
    assert catalog == from_document(json.loads(json.dumps(to_document(catalog))))


@given(readings, st.randoms(use_true_random=False))
def test_the_same_answer_in_another_order_with_later_dates_changes_nothing(
    reading: Reading, chance: object
) -> None:
    def shuffled(listed: tuple[Entry, ...]) -> tuple[Entry, ...]:
        later = [Entry(e.version, e.build, date(2025, 9, 30), e.expires, e.models) for e in listed]
        chance.shuffle(later)  # type: ignore[attr-defined]
        return tuple(later)

    before = learned(reading)
    again = Reading(reading.platforms, shuffled(reading.public), shuffled(reading.signed))
    assert before == before.learn(again, TODAY)


@pytest.mark.parametrize(
    ("reading", "known", "doubt"),
    [
        pytest.param(Reading(frozenset(), (), ()), 0, "the answer is empty", id="empty"),
        pytest.param(
            Reading(frozenset({"macOS"}), (an_entry("15.6.1"),), ()),
            0,
            "the answer has no public release under iOS",
            id="cut short",
        ),
        pytest.param(
            a_reading(an_entry("15.6.1")),
            3,
            "the answer offers 1 pairs of model and version, less than half of the 3 before",
            id="shrunken",
        ),
        pytest.param(a_reading(an_entry("15.6.1")), 2, "", id="just half"),
        pytest.param(a_reading(an_entry("15.6.1")), 0, "", id="the first one"),
    ],
)
def test_what_cannot_be_believed(reading: Reading, known: int, doubt: str) -> None:
    assert doubt == reading.doubt(known)

"""The composed answers have the shape of Apple's."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from tests.lab.readings import MODELS, NEW_MACS, WORLD, World

TODAY = date(2026, 1, 12)
KEYS = {"ProductVersion", "Build", "PostingDate", "ExpirationDate", "SupportedDevices"}


def rows(section: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for entries in section.values():
        yield from entries


def versions(world: World, section: str, model: str, today: date = TODAY) -> set[str]:
    return {r["ProductVersion"] for r in rows(world.answer(today)[section]) if model in r["SupportedDevices"]}


def triples(section: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {(r["ProductVersion"], r["Build"], m) for r in rows(section) for m in r["SupportedDevices"]}


def test_the_answer_has_apples_sections_and_keys() -> None:
    answer = WORLD.answer(TODAY)
    assert list(answer) == ["PublicAssetSets", "AssetSets", "PublicBackgroundSecurityImprovements"]
    assert all(set(row) == KEYS for name in list(answer)[:2] for row in rows(answer[name]))
    assert {platform for name in list(answer)[:2] for platform in answer[name]} == {
        "iOS",
        "macOS",
        "visionOS",
    }


def test_what_is_public_is_also_signed() -> None:
    answer = WORLD.answer(TODAY)
    assert triples(answer["PublicAssetSets"]) < triples(answer["AssetSets"])


def test_no_build_of_a_version_lists_a_model_twice() -> None:
    section = WORLD.answer(TODAY)["AssetSets"]
    assert len(triples(section)) == sum(len(row["SupportedDevices"]) for row in rows(section))


def test_every_model_is_offered_something() -> None:
    assert all(versions(WORLD, "PublicAssetSets", model) for model in MODELS)


def test_a_model_that_is_too_old_is_not_offered_the_new_major() -> None:
    assert versions(WORLD, "PublicAssetSets", "J132AP") == {"11.7.10", "12.7.6", "13.7.8", "14.8.3", "15.7.3"}
    assert versions(WORLD, "PublicAssetSets", "iPhone11,2") == {"18.7.3"}


def test_the_expiration_of_what_is_public_rolls() -> None:
    answer = WORLD.answer(TODAY)
    assert {row["ExpirationDate"] for row in rows(answer["PublicAssetSets"])} == {"2026-04-12"}


def test_a_release_replaces_the_older_one_of_its_major() -> None:
    after = WORLD.release("26.3", "25D60", TODAY, NEW_MACS)
    assert versions(after, "PublicAssetSets", "J413AP") >= {"26.3", "15.7.3"}
    assert "26.2" not in versions(after, "PublicAssetSets", "J413AP")
    last = TODAY + timedelta(days=90)
    assert "26.2" in versions(after, "AssetSets", "J413AP", last)
    assert "26.2" not in versions(after, "AssetSets", "J413AP", last + timedelta(days=1))


def test_a_release_for_some_models_leaves_the_others() -> None:
    after = WORLD.release("26.2.1", "25C77", TODAY, ["J413AP"])
    assert "26.2" in versions(after, "PublicAssetSets", "J314sAP")
    assert "26.2" not in versions(after, "PublicAssetSets", "J413AP")


def test_what_is_withdrawn_is_still_signed_and_its_forerunner_is_back() -> None:
    after = WORLD.withdraw("26.2", ["J413AP"], TODAY)
    assert "26.1" in versions(after, "PublicAssetSets", "J413AP")
    assert "26.2" not in versions(after, "PublicAssetSets", "J413AP")
    assert "26.2" in versions(after, "AssetSets", "J413AP")
    assert "26.2" in versions(after, "PublicAssetSets", "J314sAP")


def test_what_is_withdrawn_late_is_still_signed_for_90_days() -> None:
    late = date(2026, 11, 24)
    after, last = WORLD.withdraw("26.2", ["J413AP"], late), late + timedelta(days=90)
    assert "26.2" in versions(after, "AssetSets", "J413AP", last)
    assert "26.2" not in versions(after, "AssetSets", "J413AP", last + timedelta(days=1))


def test_what_is_unsigned_is_nowhere() -> None:
    assert "26.2" not in versions(WORLD.unsign("26.2"), "AssetSets", "J413AP")


def test_shuffling_changes_the_order_alone() -> None:
    mixed, answer = WORLD.shuffled(7).answer(TODAY), WORLD.answer(TODAY)
    assert json.dumps(mixed) != json.dumps(answer)
    assert triples(mixed["AssetSets"]) == triples(answer["AssetSets"])
    assert WORLD.shuffled(7) == WORLD.shuffled(7)


def test_reposting_moves_the_posting_dates_alone() -> None:
    before, after = (list(rows(w.answer(TODAY)["AssetSets"])) for w in (WORLD, WORLD.reposted(7)))
    assert [r["ExpirationDate"] for r in before] == [r["ExpirationDate"] for r in after]
    week = timedelta(days=7)
    assert [date.fromisoformat(r["PostingDate"]) + week for r in before] == [
        date.fromisoformat(r["PostingDate"]) for r in after
    ]


def test_a_model_can_install_what_is_signed_for_it() -> None:
    assert WORLD.offered("J413AP", TODAY).items() >= {"26.2": "25C56", "26.1": "25B78"}.items()
    assert "26.1" not in WORLD.offered("J413AP", date(2026, 6, 1))
    assert WORLD.offered("iPhone15,2")["26.2"] == "23C55"
    assert WORLD.offered("Mac99,1") == {}


def test_the_order_does_not_change_what_can_be_installed() -> None:
    assert all(WORLD.shuffled(seed).offered(m) == WORLD.offered(m) for seed in range(5) for m in MODELS)


def test_an_improvement_has_its_letter_and_the_build_that_it_needs() -> None:
    answer = WORLD.improve("26.2", "(a)", "25C990a", TODAY, NEW_MACS).answer(TODAY)
    [row] = answer["PublicBackgroundSecurityImprovements"]["macOS"]
    assert set(row) == KEYS | {"ProductVersionExtra", "PrerequisiteBuild"}
    assert (row["ProductVersionExtra"], row["PrerequisiteBuild"]) == ("(a)", "25C56")


def test_an_improvement_can_be_installed_by_its_name() -> None:
    world = WORLD.improve("26.2", "(a)", "25C990a", TODAY, NEW_MACS)
    assert world.offered("J413AP")["26.2 (a)"] == "25C990a"
    assert "26.2 (a)" not in world.offered("iPhone15,2")

"""Ranges of semantic versions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.adapters.git.ranges import Semver, parse_range, parse_version

NUMBERS = st.integers(0, 12)
CORES = st.tuples(NUMBERS, NUMBERS, NUMBERS)
BEFORE = st.lists(st.sampled_from(["0", "2", "10", "alpha", "beta", "rc-1"]), max_size=3).map(tuple)
VERSIONS = st.builds(Semver, CORES, BEFORE)
RELEASES = st.builds(Semver, CORES)


def text(version: Semver) -> str:
    core = ".".join(map(str, version.core))
    return f"{core}-{'.'.join(version.before)}" if version.before else core


def inside(version: str, among: str) -> bool:
    parsed = parse_version(version)
    assert parsed
    return parsed in parse_range(among)


@pytest.mark.parametrize(
    ("among", "those", "others"),
    [
        (">=1.0.0 <2.0.0", "1.0.0 1.99.3", "0.9.9 2.0.0 1.5.0-rc.1 2.0.0-rc.1"),
        (">=1.0.0, < 2.0.0", "1.0.0 1.99.3", "0.9.9 2.0.0"),
        (">1.2.3", "1.2.4 2.0.0", "1.2.3 1.0.0"),
        (">1.2", "1.3.0", "1.2.9 1.1.0"),
        ("<=1.2", "1.2.9 0.1.0", "1.3.0"),
        ("<1.2", "1.1.9", "1.2.0"),
        ("1.x", "1.0.0 1.9.9", "0.9.0 2.0.0"),
        ("1", "1.0.0 1.9.9", "2.0.0"),
        ("1.2.*", "1.2.0 1.2.9", "1.3.0 1.1.9"),
        ("v1.2.3", "1.2.3 v1.2.3 1.2.3+build.7", "1.2.4 1.2.3-rc.1"),
        ("=1.2.3", "1.2.3", "1.2.4"),
        ("*", "0.0.0 99.0.0", "1.0.0-rc.1"),
        ("^1.2", "1.2.0 1.9.0", "2.0.0 1.1.9"),
        ("^0.2.3", "0.2.3 0.2.9", "0.3.0 0.2.2"),
        ("^0.0.3", "0.0.3", "0.0.4"),
        ("^0", "0.0.1 0.9.0", "1.0.0"),
        ("~1.2", "1.2.0 1.2.9", "1.3.0"),
        ("~1.2.3", "1.2.3 1.2.9", "1.3.0 1.2.2"),
        ("~1", "1.0.0 1.9.0", "2.0.0"),
        ("1.2 - 1.4", "1.2.0 1.4.9", "1.5.0 1.1.9"),
        ("^1.2 || ~3.1.0", "1.2.0 3.1.7", "2.0.0 3.2.0"),
        (">=1.0.0-0 <2.0.0", "1.0.0-alpha 1.5.0-rc.1 1.5.0", "2.0.0-rc.1 2.0.0"),
        (">=1.0.0-rc.2", "1.0.0-rc.2 1.0.0-rc.10 1.0.0", "1.0.0-rc.1 1.0.0-beta"),
        ("^1 || 2.0.0-rc.1", "1.9.0 2.0.0-rc.1", "1.5.0-rc.1"),
    ],
)
def test_what_is_in_a_range(among: str, those: str, others: str) -> None:
    assert {version: inside(version, among) for version in those.split()} == dict.fromkeys(
        those.split(), True
    )
    assert {version: inside(version, among) for version in others.split()} == dict.fromkeys(
        others.split(), False
    )


@pytest.mark.parametrize(
    "among",
    ["", " ", "main", ">=", ">=1.0.0 <", "1.2.3.4", "01.2.3", "1.2.3-", "^1 ||", ">*", "<x", "--1", "!=1"],
)
def test_what_is_no_range_is_told(among: str) -> None:
    with pytest.raises(ValueError, match=r"range such as|nothing above or below"):
        parse_range(among)


@pytest.mark.parametrize(
    "tag", ["main", "1.2", "v1", "1.2.3.4", "01.2.3", "vv1.2.3", "1.2.3-", "1.2.3-01", "1.2.3\n"]
)
def test_other_tags_name_no_version(tag: str) -> None:
    assert parse_version(tag) is None


def test_versions_are_ranked_as_semver_has_it() -> None:
    ranked = (
        "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0"
    )
    versions = [parse_version(tag) for tag in f"{ranked} 1.0.1 1.1.0 2.0.0 10.0.0".split()]
    assert sorted(filter(None, reversed(versions))) == versions


@given(VERSIONS)
def test_a_version_is_read_as_it_is_written(version: Semver) -> None:
    assert parse_version(text(version)) == parse_version(f"v{text(version)}") == version


@given(VERSIONS, VERSIONS)
def test_one_of_two_versions_is_the_higher_one_or_they_are_equal(a: Semver, b: Semver) -> None:
    assert [a < b, a == b, a > b].count(True) == 1


@given(RELEASES, RELEASES, RELEASES)
def test_a_span_holds_what_lies_between_its_ends(low: Semver, high: Semver, version: Semver) -> None:
    among = parse_range(f"{text(low)} - {text(high)}")
    assert (version in among) == (low <= version <= high)


@given(RELEASES, VERSIONS)
def test_a_prerelease_is_in_no_range_that_names_none(limit: Semver, version: Semver) -> None:
    for sign in ("", ">=", ">", "<", "<=", "^", "~"):
        assert not version.before or version not in parse_range(f"{sign}{text(limit)}")


@given(VERSIONS, VERSIONS)
def test_tilde_is_within_caret_is_within_at_least(limit: Semver, version: Semver) -> None:
    among = [version in parse_range(f"{sign}{text(limit)}") for sign in (">=", "^", "~")]
    same_major = limit.core[0] > 0
    assert among[0] or not among[1]
    assert not same_major or among[1] or not among[2]


@given(VERSIONS, VERSIONS, VERSIONS)
def test_an_alternative_only_adds(first: Semver, second: Semver, version: Semver) -> None:
    one, other = f"^{text(first)}", f"<{text(second)}"
    either = version in parse_range(one) or version in parse_range(other)
    assert (version in parse_range(f"{one} || {other}")) == either


@given(st.text(alphabet="0123.x*<>=^~|, -v", max_size=24))
def test_any_text_is_a_range_or_a_clear_error(among: str) -> None:
    try:
        assert parse_range(among).alternatives
    except ValueError as error:
        told = str(error)
    else:
        return
    assert "range such as" in told or "expected a number" in told

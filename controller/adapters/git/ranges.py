"""Ranges of semantic versions, such as `>=1.0.0 <2.0.0`, `1.x`, `^1.2`, `1.2 - 1.4` and `~1.2 || 3.1.0`.

Every comparison is brought to the form *operator, whole version*. A version is in the range if all
comparisons of one alternative hold; a prerelease, if one of them names a prerelease, too.
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import total_ordering

_NUMBER = r"(?:0|[1-9]\d{0,8})"
_IDENTIFIER = r"(?:0|[1-9]\d{0,8}|\d*[A-Za-z-][0-9A-Za-z-]*)"
_TAIL = rf"(?:-(?P<before>{_IDENTIFIER}(?:\.{_IDENTIFIER})*))?(?:\+[0-9A-Za-z.-]+)?"
_VERSION = re.compile(rf"v?({_NUMBER}\.{_NUMBER}\.{_NUMBER}){_TAIL}", re.ASCII)
_PART = rf"(?:{_NUMBER}|[xX*])"
_COMPARISON = re.compile(
    rf"(?P<sign>[<>]=?|[=^~]?)\s*v?(?P<numbers>{_PART}(?:\.{_PART}){{0,2}}){_TAIL}(?:[\s,]+|$)", re.ASCII
)
_SPAN = re.compile(r"\s*(\S+)\s+-\s+(\S+)\s*")

#: The lowest of all prereleases: whatever is below it is below all that comes before the release.
_FIRST = ("0",)


@total_ordering
@dataclass(frozen=True, slots=True)
class Semver:
    """A semantic version, without what says only how it was built; *before* is of which prerelease."""

    core: tuple[int, ...]
    before: tuple[str, ...] = ()

    def __lt__(self, other: "Semver") -> bool:
        return self._rank() < other._rank()

    def _rank(self) -> tuple[tuple[int, ...], bool, list[tuple[bool, int, str]]]:
        numbers = [(not part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in self.before]
        return self.core, not self.before, numbers


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison with a whole version."""

    holds: Callable[[Semver, Semver], bool]
    limit: Semver


@dataclass(frozen=True, slots=True)
class Alternative:
    """Comparisons that must all hold; *prereleases* are there only where one was named."""

    comparisons: tuple[Comparison, ...]
    prereleases: bool

    def __contains__(self, version: Semver) -> bool:
        if version.before and not self.prereleases:
            return False
        return all(each.holds(version, each.limit) for each in self.comparisons)


@dataclass(frozen=True, slots=True)
class Range:
    """Versions that are in one of the alternatives."""

    alternatives: tuple[Alternative, ...]

    def __contains__(self, version: Semver) -> bool:
        return any(version in alternative for alternative in self.alternatives)


def parse_version(tag: str) -> Semver | None:
    """The version that a tag names, with or without a leading v; None where it names none."""
    found = _VERSION.fullmatch(tag)
    return found and Semver(tuple(map(int, found[1].split("."))), _before(found))


def parse_range(text: str) -> Range:
    """Read a range; `ValueError` says which part is none."""
    return Range(tuple(map(_alternative, text.split("||"))))


def _alternative(text: str) -> Alternative:
    span = _SPAN.fullmatch(text)
    rest = f">={span[1]} <={span[2]}" if span else text.strip()
    comparisons: list[Comparison] = []
    prereleases = False
    while not comparisons or rest:
        found = _COMPARISON.match(rest)
        if found is None:
            raise ValueError(f"{rest or text!r} is no range such as '>=1.0.0 <2.0.0'")
        numbers, before = _given(found["numbers"]), _before(found)
        comparisons += _SIGNS[found["sign"]](numbers, before)
        prereleases = prereleases or bool(before)
        rest = rest[found.end() :]
    return Alternative(tuple(comparisons), prereleases)


def _given(numbers: str) -> tuple[int, ...]:
    """What stands before the first wildcard."""
    parts = re.split(r"\.?[xX*]", numbers, maxsplit=1)[0]
    return tuple(map(int, parts.split("."))) if parts else ()


def _before(found: re.Match[str]) -> tuple[str, ...]:
    return tuple(found["before"].split(".")) if found["before"] else ()


def _whole(numbers: tuple[int, ...], before: tuple[str, ...]) -> Semver:
    return Semver((*numbers, 0, 0, 0)[:3], before)


def _next(numbers: tuple[int, ...]) -> Semver:
    """The lowest version above all that begin with these numbers."""
    return _whole((*numbers[:-1], numbers[-1] + 1), _FIRST)


_Meaning = Callable[[tuple[int, ...], tuple[str, ...]], Iterator[Comparison]]


def _at_least(numbers: tuple[int, ...], before: tuple[str, ...]) -> Iterator[Comparison]:
    yield Comparison(operator.ge, _whole(numbers, before))


def _above(numbers: tuple[int, ...], before: tuple[str, ...]) -> Iterator[Comparison]:
    if len(numbers) == 3:
        yield Comparison(operator.gt, _whole(numbers, before))
    else:
        yield Comparison(operator.ge, _next(_some(numbers)))


def _below(numbers: tuple[int, ...], before: tuple[str, ...]) -> Iterator[Comparison]:
    yield Comparison(operator.lt, _whole(_some(numbers), before or _FIRST))


def _at_most(numbers: tuple[int, ...], before: tuple[str, ...]) -> Iterator[Comparison]:
    if len(numbers) == 3:
        yield Comparison(operator.le, _whole(numbers, before))
    else:
        yield Comparison(operator.lt, _next(_some(numbers)))


def _within(kept: Callable[[tuple[int, ...]], int]) -> _Meaning:
    """From there on, as long as the first *kept* numbers stay the same."""

    def comparisons(numbers: tuple[int, ...], before: tuple[str, ...]) -> Iterator[Comparison]:
        yield from _at_least(numbers, before)
        if numbers:
            yield Comparison(operator.lt, _next(numbers[: kept(numbers)]))

    return comparisons


def _equal(numbers: tuple[int, ...], before: tuple[str, ...]) -> Iterator[Comparison]:
    if len(numbers) == 3:
        yield Comparison(operator.eq, _whole(numbers, before))
    else:
        yield from _within(len)(numbers, before)


def _up_to_the_first_that_counts(numbers: tuple[int, ...]) -> int:
    return next((place for place, number in enumerate(numbers, 1) if number), len(numbers))


def _some(numbers: tuple[int, ...]) -> tuple[int, ...]:
    if not numbers:
        raise ValueError("there is nothing above or below every version; expected a number to compare with")
    return numbers


_SIGNS: Mapping[str, _Meaning] = {
    "": _equal,
    "=": _equal,
    ">=": _at_least,
    ">": _above,
    "<=": _at_most,
    "<": _below,
    "^": _within(_up_to_the_first_that_counts),
    "~": _within(lambda numbers: min(2, len(numbers))),
}

"""What is measured: figures, and what they should be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.bench.ground import Ground


@dataclass(frozen=True, slots=True)
class Target:
    """At most, or at least, so much."""

    limit: float
    at_least: bool = False

    def met(self, value: float) -> bool:
        """Is *value* as good as this?"""
        return value >= self.limit if self.at_least else value <= self.limit

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.limit:g}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number; *meaning* says what it is, to people. Some have no target: they stand beside others."""

    name: str
    unit: str
    meaning: str
    target: Target | None = None


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Some figures that are measured together; *run* gives each one's value by name."""

    figures: tuple[Figure, ...]
    run: Callable[[Ground], Mapping[str, float]]

"""Can two selectors take the same device? Said soundly: a no is proved."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from controller.domain.selectors import Expression, Selector, part_of


@dataclass(frozen=True, slots=True)
class _Label:
    """What the value of one label may be: one of *among* where given, none of *never*; there, or not."""

    among: frozenset[str] | None = None
    never: frozenset[str] = frozenset()
    present: bool = True
    absent: bool = True

    @classmethod
    def of(cls, expression: Expression) -> "_Label":
        """What an expression leaves of all values."""
        match expression.operator:
            case "In":
                return cls(among=expression.values, absent=False)
            case "NotIn":
                return cls(never=expression.values)
            case "Exists":
                return cls(absent=False)
            case "DoesNotExist":
                return cls(present=False)
        return cls()

    def both(self, other: "_Label") -> "_Label":
        """What two of them leave."""
        if self.among is None or other.among is None:
            among = other.among if self.among is None else self.among
        else:
            among = self.among & other.among
        present, absent = self.present and other.present, self.absent and other.absent
        return _Label(among, self.never | other.never, present, absent)

    def possible(self) -> bool:
        """Is there anything left?"""
        return self.meets(self)

    def meets(self, other: "_Label") -> bool:
        """Is there anything that both leave? Values without a list to choose from never run out."""
        if self.absent and other.absent:
            return True
        if not (self.present and other.present):
            return False
        if self.among is None and other.among is None:
            return True
        return bool(self.both(other).left())

    def left(self) -> frozenset[str]:
        """The values to choose from."""
        return (self.among or frozenset()) - self.never


@dataclass(frozen=True, slots=True)
class Reach:
    """A selector, its labels summed up: what it leaves of the values of each label that it asks about."""

    names: frozenset[str] | None
    percent: int
    labels: Mapping[str, _Label]
    empty: bool

    @classmethod
    def of(cls, selector: Selector) -> "Reach":
        """Sum a selector up. *enrolledDays* is left out: every device was new once."""
        labels: dict[str, _Label] = {}
        for key, label in _asked(selector):
            labels[key] = labels[key].both(label) if key in labels else label
        percent = 100 if selector.percent is None else selector.percent
        return cls(selector.names, percent, labels, not all(label.possible() for label in labels.values()))

    def overlaps(self, other: "Reach") -> bool:
        """Is a device possible that both take?"""
        if self.empty or other.empty:
            return False
        for key, label in self.labels.items():
            theirs = other.labels.get(key)
            if theirs is not None and not label.meets(theirs):
                return False
        return _any_name(self, other)


def _any_name(one: Reach, other: Reach) -> bool:
    percent = min(one.percent, other.percent)
    given = [reach.names for reach in (one, other) if reach.names is not None]
    if not given:
        return percent > 0
    return any(part_of(name, 100) < percent for name in frozenset.intersection(*given))


def _asked(selector: Selector) -> Iterable[tuple[str, _Label]]:
    yield from ((key, _Label(frozenset({value}), absent=False)) for key, value in selector.labels)
    yield from ((expression.key, _Label.of(expression)) for expression in selector.expressions)

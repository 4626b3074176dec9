"""Can two selectors take the same device? Said soundly: a no is proved."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

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
        never, present = self.never | other.never, self.present and other.present
        return replace(self, among=among, never=never, present=present, absent=self.absent and other.absent)

    def possible(self) -> bool:
        """Is there anything left? Values without a list to choose from never run out."""
        return self.absent or (self.present and (self.among is None or bool(self.among - self.never)))


@dataclass(frozen=True, slots=True)
class Reach:
    """A selector, its labels summed up: what it leaves of the values of each label that it asks about."""

    names: frozenset[str] | None
    percent: int
    labels: Mapping[str, _Label]

    @classmethod
    def of(cls, selector: Selector) -> "Reach":
        """Sum a selector up. *enrolledDays* is left out: every device was new once."""
        labels: dict[str, _Label] = {}
        for key, label in _asked(selector):
            labels[key] = labels[key].both(label) if key in labels else label
        return cls(selector.names, 100 if selector.percent is None else selector.percent, labels)

    def overlaps(self, other: "Reach") -> bool:
        """Is a device possible that both take?"""
        labels = {**self.labels, **other.labels}
        for key in self.labels.keys() & other.labels.keys():
            labels[key] = self.labels[key].both(other.labels[key])
        return all(label.possible() for label in labels.values()) and _any_name(self, other)


def _any_name(one: Reach, other: Reach) -> bool:
    percent = min(one.percent, other.percent)
    given = [reach.names for reach in (one, other) if reach.names is not None]
    if not given:
        return percent > 0
    return any(part_of(name, 100) < percent for name in frozenset.intersection(*given))


def _asked(selector: Selector) -> Iterable[tuple[str, _Label]]:
    yield from ((key, _Label(frozenset({value}), absent=False)) for key, value in selector.labels)
    yield from ((expression.key, _Label.of(expression)) for expression in selector.expressions)

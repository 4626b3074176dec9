"""Overlaps: a no is proved, and so is a yes, against every device of a small world."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from controller.domain.devices import Device
from controller.domain.overlaps import Reach
from controller.domain.selectors import Expression, Selector
from tests.domain.builders import NOW

#: Selectors ask about x and y alone, so z stands for all other values.
KEYS, ASKED = ("ring", "owner"), ("x", "y")
NAMES = ("a", "b", "c", "d")
LABELS = [
    frozenset((key, value) for key, value in zip(KEYS, values, strict=True) if value)
    for values in product((None, *ASKED, "z"), repeat=len(KEYS))
]
WORLD = [Device(name, f"E-{name}", NOW, labels) for name in NAMES for labels in LABELS]

_values = st.sets(st.sampled_from(ASKED), min_size=1).map(frozenset)
_expressions = st.one_of(
    st.builds(Expression, st.sampled_from(KEYS), st.sampled_from(("In", "NotIn")), _values),
    st.builds(Expression, st.sampled_from(KEYS), st.sampled_from(("Exists", "DoesNotExist"))),
)
selectors = st.builds(
    Selector,
    st.dictionaries(st.sampled_from(KEYS), st.sampled_from(ASKED)).map(
        lambda labels: frozenset(labels.items())
    ),
    st.lists(_expressions, max_size=3).map(tuple),
    st.none() | st.sets(st.sampled_from(NAMES)).map(frozenset),
    st.none() | st.sampled_from((0, 100)),
    st.none() | st.sampled_from((0, 14)),
)


def takes(selector: Selector, device: Device) -> bool:
    return selector.matches_labels(device.labels) and selector.matches_device(device, NOW)


@given(selectors, selectors)
def test_two_selectors_overlap_when_a_device_is_possible_that_both_take(
    one: Selector, other: Selector
) -> None:
    found = any(takes(one, device) and takes(other, device) for device in WORLD)

    assert Reach.of(one).overlaps(Reach.of(other)) is found
    assert Reach.of(other).overlaps(Reach.of(one)) is found

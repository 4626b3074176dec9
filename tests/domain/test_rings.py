"""A ring of which not everything is known yet."""

from controller.domain.catalog import Catalog
from controller.domain.coverage import Coverage
from controller.domain.decisions import Known
from controller.domain.devices import Device
from controller.domain.facts import Facts
from controller.domain.fleets import Fleet
from controller.domain.policies import Gate
from controller.domain.proving import GateStatus, Proving
from controller.domain.selectors import Selector
from tests.domain.builders import NOW, a_catalog, a_device, a_policy, a_release, facts

RING = a_policy("ring", priority=1, selector=Selector(labels=frozenset({("ring", "yes")})))
GATED = a_policy("gated", gate=Gate("ring", soak_days=0))


def gate(*ring: tuple[Device, Facts | None], catalog: Catalog | None = None) -> GateStatus:
    """The gate for 15.6.1, five days after it was posted, where these devices are in the ring."""
    proving = Proving(Fleet(), Coverage.of([RING, GATED], NOW), Known(catalog or a_catalog()))
    _, statuses = proving.judge([*ring, (a_device("other"), facts("15.6"))], {})
    return statuses["gated"]


def test_a_ring_whose_devices_have_not_reported_opens_no_gate() -> None:
    found = gate((a_device("new", ring="yes"), None))
    assert not found.open
    assert found.trial.pending == 1
    assert found.message == (
        "15.6.1 waits for ring: what 1 of its devices is offered is not known yet, "
        "and it is offered to none of the others"
    )


def test_a_ring_that_it_is_offered_to_none_of_opens_the_gate() -> None:
    assert gate((a_device("phone", ring="yes"), facts("15.6", model="J999AP"))).open


def test_a_ring_whose_model_one_answer_forgets_opens_no_gate() -> None:
    forgotten = a_catalog(a_release("15.6", "2025-07-29", signed=False), models=("J700AP",))
    catalog = Catalog({**a_catalog().shelves, **forgotten.shelves})
    found = gate((a_device("there", ring="yes"), facts("15.6", model="J700AP")), catalog=catalog)
    assert not found.open
    assert found.message.startswith("15.6.1 waits for ring: what 1 of its devices is offered is not known")


def test_those_that_have_not_reported_may_still_prove_it() -> None:
    there, new = (a_device("there", ring="yes"), facts("15.6.1")), (a_device("new", ring="yes"), None)
    assert "it can never open" in gate(there).message
    assert "it can never open" not in gate(there, new).message

"""One device, explained."""

from typing import Any

from controller.domain.declarations import Declaration
from controller.domain.devices import Device
from controller.domain.explaining import Explanation, explain
from controller.domain.facts import Facts
from controller.domain.policies import UpdatePolicy
from controller.domain.proving import GateStatus
from tests.domain.builders import (
    a_device,
    a_situation,
    facts,
)


def explained(
    *policies: UpdatePolicy,
    device: Device | None = None,
    says: Facts | None = None,
    current: Declaration | None = None,
    gates: dict[str, GateStatus] | None = None,
    **situation: Any,
) -> Explanation:
    situated = a_situation(*policies, **situation)
    return explain(situated, device or a_device(), says or facts("15.5"), current, gates or {})

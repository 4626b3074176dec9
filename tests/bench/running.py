"""`pomona run` beside the lab, once there is nothing to do."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.bench.ground import DEVICES
from tests.lab.lab import Lab, Operator
from tests.lab.waiting import wait_until

#: Seconds that the first cycle may take, which changes everything, and the next one.
LIMIT = 600.0

_DEVICES, _CYCLES = "pomona_devices{", "pomona_cycle_duration_seconds_count{"


@contextmanager
def at_rest(lab: Lab) -> Iterator[Operator]:
    """An operator of the lab's Fleet, after the first cycle and one with nothing to do.

    Git and reports are asked as often as where nothing else is said, the lookup service hardly ever.
    """
    lab.make_fleet(git={"url": lab.repository.url, "ref": {"branch": "main"}, "path": "policies"})
    quiet = ["--lookup-interval", "24h", "--report-interval", "10m", "--log-level", "warning"]
    operator = lab.start_operator(*quiet)
    try:
        wait_until(lambda: _sum(operator, _DEVICES) == DEVICES, LIMIT, "every Device is decided about")
        first = _sum(operator, _CYCLES)
        wait_until(lambda: _sum(operator, _CYCLES) > first, LIMIT, "one more cycle")
        yield operator
    finally:
        operator.stop()


def _sum(operator: Operator, metric: str) -> float:
    """Over all labels."""
    if not operator.alive():
        raise RuntimeError(f"the operator ended:\n{operator.tail()}")
    try:
        lines = httpx.get(f"http://127.0.0.1:{operator.metrics_port}/metrics", timeout=5).text.splitlines()
    except httpx.TransportError:
        return 0.0
    return sum(float(line.split()[-1]) for line in lines if line.startswith(metric))

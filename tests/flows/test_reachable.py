"""What the condition MDMReachable says of a trouble."""

import pytest

from controller.ports import Rejected, Unauthorized, Unavailable
from controller.reachable import reachable


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        pytest.param(None, "Answered", id="none"),
        pytest.param(Unavailable("no answer"), "Unreachable", id="no answer"),
        pytest.param(
            Unavailable("left alone", 30.0), "Unreachable", id="left alone since it does not answer"
        ),
        pytest.param(Unavailable("429", throttled=True), "Throttled", id="it has too much to do"),
        pytest.param(Unavailable("429", 7.0, throttled=True), "Throttled", id="it asks us to stay away"),
        pytest.param(Unauthorized("401"), "Unauthorized", id="wrong key"),
        pytest.param(Rejected("404"), "Refused", id="refused"),
    ],
)
def test_says_why_the_mdm_is_not_reachable(trouble: Unavailable | Rejected | None, reason: str) -> None:
    assert reachable(trouble).reason == reason

"""The compressed month, with one device of each kind; `make soak` has hundreds of them."""

import asyncio

from tests.lab.ground import parts
from tests.soak.claims import judge
from tests.soak.run import SHORT, play


def test_after_a_month_of_everything_each_claim_holds() -> None:
    with parts() as (lab, events):
        evidence = asyncio.run(play(lab, events, SHORT, lambda _: None))
    broken = [f"{verdict.claim}: {example}" for verdict in judge(evidence) for example in verdict.broken]
    assert not broken, "\n".join(broken)

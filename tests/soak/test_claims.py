"""A claim that cannot fail proves nothing: each is shown a run in which it does not hold."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.lab.clock import on
from tests.lab.device import Device, Event
from tests.soak.claims import Trial, judge
from tests.soak.ends import CONDITIONS, conditions, in_force, lost, states, versions
from tests.soak.events import SKIP, WITHDRAWAL
from tests.soak.evidence import AUDIT, Evidence, Picture
from tests.soak.happenings import SECRET
from tests.soak.promises import arrivals, below, installs, later, notices, overlaps, taken_back
from tests.soak.quiet import errors, pushes, secrets, writes
from tests.soak.recruits import Recruit
from tests.soak.table import KINDS

[MAC] = [Recruit(kind, kind.profile(0)) for kind in KINDS if kind.name == "mac"]
DUE = datetime(2026, 1, 9, 18)


def happened(
    day: float, what: Any, sync: int, *, version: str = "26.3.2", running: str = "26.1", **more: Any
) -> Event:
    known: dict[str, Any] = {"identifier": "pomona-1", "token": "t", "deadline": DUE} | more
    return Event(on(day).replace(tzinfo=None), what, version=version, running=running, sync=sync, **known)


def wrote(
    day: float, change: str = "enforce", due: datetime = DUE, version: str = "26.3.2", **more: Any
) -> dict[str, Any]:
    return {
        "ts": f"{on(day):%Y-%m-%dT%H:%M:%SZ}",
        "level": "INFO",
        "logger": AUDIT,
        "msg": "26.3.2 by then",
        "change": change,
        "device": MAC.name,
        "version": version,
        "build": "",
        "deadline": due.isoformat(),
        "policy": "macs",
        "commit": "main@1",
    } | more


JOURNAL = (
    happened(1, "held", 1),
    happened(4.5, "installed", 1),
    happened(4.6, "dropped", 2, running="26.3.2"),
)
WRITTEN = (wrote(1), wrote(4.6, "withdraw"))


def evidence(
    journal: tuple[Event, ...] = JOURNAL,
    written: tuple[dict[str, Any], ...] = WRITTEN,
    log: str = "",
    **more: Any,
) -> Evidence:
    """A Mac that did what it shall, but for what is said here."""
    life = replace(
        Device.of(MAC.profile), version="26.3.2", journal=journal, syncs=max(e.sync for e in journal)
    )
    picture = Picture({"Device/mac": "1"}, {"declarations": []})
    known = Evidence(
        recruits=[MAC],
        lives={MAC.name: life},
        enrollments={MAC.name: MAC.enrollment},
        shown={MAC.name: {"reason": "UpToDate", "reported": {"version": "26.3.2"}}},
        asked={},
        conditions=CONDITIONS,
        logs={"operator-1.log": "\n".join([*map(json.dumps, written), *log.splitlines()])},
        pushes={MAC.enrollment: 3},
        happened={WITHDRAWAL: on(3), SKIP: on(18)},
        restored={},
        pictures=(picture, picture),
        everything="",
        lost=frozenset(),
        speed=1.0,
    )
    return replace(known, **more)


ENFORCED = {"reason": "Enforced", "target": {"version": "26.3.2"}, "deadline": DUE.isoformat()}


@pytest.mark.parametrize(
    ("trial", "broken"),
    [
        pytest.param(states, evidence(shown={MAC.name: {"reason": "Beta"}}), id="another state"),
        pytest.param(states, evidence(shown={}), id="no Device"),
        pytest.param(versions, evidence(lives={MAC.name: Device.of(MAC.profile)}), id="an older version"),
        pytest.param(
            states,
            evidence(shown={MAC.name: {"reason": "Beta"}}, lost=frozenset([MAC.name])),
            id="lost by NanoHUB, and nobody is told",
        ),
        pytest.param(
            lost, evidence(lost=frozenset(f"{MAC.name[:-1]}{n}" for n in range(3))), id="many lost by NanoHUB"
        ),
        pytest.param(in_force, evidence(shown={MAC.name: ENFORCED}), id="shown, and not in force"),
        pytest.param(
            in_force,
            evidence(asked={MAC.enrollment: [{"TargetOSVersion": "26.3", "TargetLocalDateTime": "2026"}]}),
            id="in force, and not shown",
        ),
        pytest.param(conditions, evidence(conditions=CONDITIONS | {"Ready": "False Brake"}), id="not ready"),
        pytest.param(
            overlaps,
            evidence(
                (
                    happened(1, "held", 1),
                    happened(1, "held", 1, identifier="pomona-2"),
                    happened(3, "installed", 3),
                )
            ),
            id="two over two fetches",
        ),
        pytest.param(
            below,
            evidence(
                (
                    happened(1, "held", 1, version="26.2", running="26.3"),
                    happened(3, "failed", 3, running="26.3"),
                )
            ),
            id="less than it runs, over two fetches",
        ),
        pytest.param(notices, evidence(written=(wrote(3),)), id="an hour less than a day in Kiritimati"),
        pytest.param(
            notices,
            evidence(written=(wrote(1), wrote(3, "move", version="26.3.3"))),
            id="a newer version too late",
        ),
        pytest.param(arrivals, evidence(written=(wrote(1, version="26.2"),)), id="held what nobody wrote"),
        pytest.param(
            later,
            evidence(written=(wrote(1), wrote(2, "move", DUE + timedelta(days=1)))),
            id="later for nothing",
        ),
        pytest.param(
            taken_back,
            evidence(written=(wrote(1), wrote(19, "move", version="26.3.1"))),
            id="asked for what is skipped",
        ),
        pytest.param(
            installs,
            evidence((happened(1, "held", 1), happened(2, "installed", 1))),
            id="before its deadline",
        ),
        pytest.param(
            installs,
            evidence((happened(5, "installed", 1, identifier="elsewhere-1"),)),
            id="asked for by others",
        ),
        pytest.param(pushes, evidence(pushes={MAC.enrollment: 1000}), id="told a thousand times"),
        pytest.param(errors, evidence(log="Traceback (most recent call last):"), id="a traceback"),
        pytest.param(errors, evidence(log=json.dumps({"level": "ERROR", "msg": "no"})), id="an error"),
        pytest.param(secrets, evidence(log=json.dumps({"msg": SECRET.decode()})), id="a secret in a log"),
        pytest.param(secrets, evidence(everything=SECRET.decode()), id="a secret in the cluster"),
        pytest.param(
            writes,
            evidence(pictures=(Picture({"Fleet/acme": "1"}, {}), Picture({"Fleet/acme": "2"}, {}))),
            id="a write",
        ),
    ],
)
def test_a_claim_is_broken_by(trial: Trial, broken: Evidence) -> None:
    assert [*filter(None, trial(broken))] != []


def test_a_mac_that_did_what_it_shall_breaks_none() -> None:
    assert {v.claim: v.broken for v in judge(evidence()) if v.broken and v.tried} == {}


def test_a_claim_that_was_never_tried_does_not_hold() -> None:
    verdicts = {verdict.claim: verdict.broken for verdict in judge(evidence(written=(wrote(1),)))}
    assert verdicts["each deadline that moved later has its reason"] == ["it was never tried"]


@pytest.mark.parametrize(
    "written",
    [
        pytest.param((wrote(1), wrote(2, "move", DUE + timedelta(days=1), commit="main@2")), id="its author"),
        pytest.param(
            (wrote(1), wrote(2, "move", DUE + timedelta(days=1), msg="after the freeze X")), id="a freeze"
        ),
        pytest.param(
            (
                wrote(17, due=datetime(2026, 1, 25, 18), version="26.3.1"),
                wrote(18.1, "move", datetime(2026, 1, 26, 18)),
            ),
            id="a skip",
        ),
        pytest.param((wrote(4), wrote(5, "move", DUE + timedelta(days=1))), id="the device's own progress"),
    ],
)
def test_a_deadline_moves_later_by(written: tuple[dict[str, Any], ...]) -> None:
    assert [*later(evidence(written=written))] == [""]

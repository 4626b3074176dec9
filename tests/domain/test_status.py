"""What people see of a device."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from controller.domain.attention import Attention, AttentionReason, Circumstances, attention, classify
from controller.domain.declarations import Declaration, Promise
from controller.domain.enrollments import BootstrapToken, Enrollment
from controller.domain.facts import Facts, Failure, Held, Pending
from controller.domain.status import Outcome, device_status, outcome, worth_writing
from tests.domain.builders import MODEL, NOW, a_declaration, a_policy, decide, facts

TOKEN = "t1"
HELD = Held("pomona-0-e1", TOKEN, True, "valid")
LATER = NOW + timedelta(hours=73)
TOKENLESS = facts("15.6", held=HELD, enrollment=Enrollment(bootstrap_token=BootstrapToken.MISSING))


def a_promise(deadline: str = "2025-08-28T18:00") -> Promise:
    return Promise(a_declaration("15.6.1", deadline), "pomona-0-e1", TOKEN)


def an_outcome(
    says: Facts | None,
    promise: Promise | None = None,
    *,
    braked: bool = False,
    tellings: int = 0,
    refusal: str = "",
    now: datetime = NOW,
) -> Outcome:
    current: Declaration | None = promise.declaration if promise else None
    policy = a_policy(days=0)
    decision = decide(policy, says=says, current=current, now=now) if says else decide(policy, silent=True)
    return outcome(decision, says, Circumstances(promise, refusal, tellings), now, braked=braked)


@pytest.mark.parametrize(
    ("says", "promise", "progress"),
    [
        pytest.param(facts("15.6"), None, "Planned", id="decided, and not in force yet"),
        pytest.param(facts("15.6"), a_promise(), "Declared", id="not seen by the device"),
        pytest.param(
            facts("15.6", held=Held("x", "old", True, "valid")), a_promise(), "Declared", id="holds the old"
        ),
        pytest.param(facts("15.6", held=HELD), a_promise(), "Acknowledged", id="holds ours"),
        pytest.param(
            facts("15.6", held=HELD, install_state="none"), a_promise(), "Acknowledged", id="does nothing"
        ),
        pytest.param(
            facts("15.6", held=HELD, install_state="downloading"), a_promise(), "Downloading", id="state"
        ),
        pytest.param(
            facts("15.6", held=HELD, install_state="staging"), a_promise(), "Staging", id="unknown state"
        ),
        pytest.param(
            facts("15.6", held=HELD, install_state="prepared"),
            a_promise("2025-08-22T18:00"),
            "Overdue",
            id="the deadline has passed everywhere",
        ),
        pytest.param(facts("15.6.1", held=HELD), None, "Withdrawing", id="withdrawn, still held"),
        pytest.param(
            facts("15.6", held=HELD, enrollment=Enrollment(ended=NOW)), None, "", id="left, and cannot let go"
        ),
        pytest.param(facts("15.6.1"), None, "", id="nothing"),
    ],
)
def test_progress(says: Facts, promise: Promise | None, progress: str) -> None:
    assert progress == an_outcome(says, promise).progress


def test_what_the_brake_holds_is_planned_and_says_so() -> None:
    decision = decide(a_policy(target=None), says=facts("15.6"), current=a_promise().declaration)
    held = outcome(decision, facts("15.6", held=HELD), Circumstances(a_promise()), NOW, braked=True)
    status = device_status(held)
    assert (status["progress"], status["target"]["version"]) == ("Planned", "15.6.1")
    assert status["message"] == "macs has target none; the brake keeps what is in force"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        pytest.param({"refusal": "no such enrollment"}, AttentionReason.REFUSED, id="refused"),
        pytest.param({"promise": a_promise("2025-08-22T18:00")}, AttentionReason.OVERDUE, id="overdue"),
        pytest.param(
            {
                "says": facts(
                    "15.6", failure=Failure(1, "BatteryTooLow"), pending=Pending("15.6.1"), held=HELD
                )
            },
            AttentionReason.POWER,
            id="failed",
        ),
        pytest.param(
            {"says": facts("15.6", failure=Failure(0), pending=Pending("15.6.1"), held=HELD)},
            None,
            id="failed 0 times",
        ),
        pytest.param(
            {"says": facts("15.6", failure=Failure(3, "?"), pending=Pending("15.5"), held=HELD)},
            None,
            id="failed with another version",
        ),
        pytest.param(
            {"says": facts("15.6", held=Held("pomona-0-e1", TOKEN, True, "invalid"))},
            AttentionReason.INVALID,
            id="invalid",
        ),
        pytest.param(
            {"says": facts("15.6.1", held=Held("pomona-0-e1", TOKEN, True, "invalid"))},
            None,
            id="invalid because it is there already",
        ),
        pytest.param({"says": TOKENLESS}, AttentionReason.BOOTSTRAP_TOKEN, id="no bootstrap token"),
        pytest.param({"says": replace(TOKENLESS, model="J680AP")}, None, id="a Mac that needs none"),
        pytest.param(
            {"says": replace(TOKENLESS, model=""), "model": MODEL},
            AttentionReason.BOOTSTRAP_TOKEN,
            id="a model that its author says",
        ),
        pytest.param(
            {"says": TOKENLESS, "promise": None}, None, id="no bootstrap token, and none needed yet"
        ),
        pytest.param(
            {"says": replace(TOKENLESS, failure=Failure(1, "?"), pending=Pending("15.6.1"))},
            AttentionReason.BOOTSTRAP_TOKEN,
            id="the token is worse than an unknown failure",
        ),
        pytest.param(
            {"says": replace(TOKENLESS, failure=Failure(1, "no space"), pending=Pending("15.6.1"))},
            AttentionReason.SPACE,
            id="and better than no space",
        ),
        pytest.param(
            {"says": facts("15.6", foreign=("theirs",), held=HELD)}, AttentionReason.FOREIGN, id="foreign"
        ),
        pytest.param(
            {"says": facts("15.6", foreign=("theirs",), held=HELD), "now": NOW + timedelta(hours=73)},
            AttentionReason.FOREIGN,
            id="foreign is worse than silent",
        ),
        pytest.param(
            {"says": facts("15.6.1", held=HELD), "promise": None, "tellings": 2},
            AttentionReason.NOT_ACKNOWLEDGED,
            id="told twice that it is withdrawn",
        ),
        pytest.param(
            {"says": facts("15.6", last_report=None, enrollment=Enrollment(NOW)), "now": LATER},
            None,
            id="one that never reported is not silent",
        ),
        pytest.param(
            {"says": facts("15.6", enrollment=Enrollment(ended=NOW)), "promise": None, "now": LATER},
            None,
            id="nobody waits for one that left",
        ),
        pytest.param(
            {"says": facts("15.6", failure=Failure(1, "?"), pending=Pending("15.6.10"), held=HELD)},
            None,
            id="failed with a version that begins alike",
        ),
        pytest.param({"tellings": 1}, None, id="told once"),
        pytest.param({"tellings": 2}, AttentionReason.NOT_ACKNOWLEDGED, id="told twice"),
        pytest.param({"tellings": 2, "says": facts("15.6", held=HELD)}, None, id="it answered"),
        pytest.param({"now": NOW + timedelta(hours=73)}, AttentionReason.SILENT, id="silent"),
        pytest.param({"now": NOW + timedelta(hours=71)}, None, id="not yet silent"),
    ],
)
def test_attention(given: dict[str, Any], reason: AttentionReason | None) -> None:
    known: dict[str, Any] = {
        "says": facts("15.6"),
        "promise": a_promise(),
        "tellings": 0,
        "refusal": "",
        "model": "",
        "now": NOW,
    } | given
    circumstances = Circumstances(known["promise"], known["refusal"], known["tellings"], known["model"])
    found = attention(known["says"], circumstances, known["now"])
    assert reason is (found.reason if found else None)


def test_the_worst_thing_is_shown_and_says_what_to_do() -> None:
    says = facts("15.6", failure=Failure(2, "BatteryTooLow"), pending=Pending("15.6.1"), held=HELD)
    found = attention(says, Circumstances(a_promise()), NOW + timedelta(hours=80))
    assert found == Attention(
        AttentionReason.POWER, "15.6.1 failed 2 times: BatteryTooLow; ask the user to connect it to power"
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Error Domain=SUMacControllerError Code=7507 AccessRequestDenied", AttentionReason.BOOTSTRAP_TOKEN),
        ("BatteryTooLow", AttentionReason.POWER),
        ("Insufficient disk space", AttentionReason.SPACE),
        ("The network connection was lost", AttentionReason.NETWORK),
        ("Code=7301 ScanNoUpdateFound", AttentionReason.NOT_OFFERED),
        ("Code=7509 AccessLost", AttentionReason.BUSY),
        ("preparation failed", AttentionReason.FAILED),
        ("", AttentionReason.FAILED),
    ],
)
def test_failures_are_classed_by_their_text(text: str, reason: AttentionReason) -> None:
    assert classify(text) is reason


def test_a_whole_status() -> None:
    shown = device_status(an_outcome(facts("15.6", held=HELD, install_state="downloading"), a_promise()))
    reported = shown.pop("reported")
    assert shown == {
        "reason": "Enforced",
        "message": "15.6.1 by 2025-08-28T18:00: 0 days after 15.6.1 was posted is 2025-08-20, "
        "moved to leave 3 days of notice",
        "policy": "macs",
        "target": {"version": "15.6.1", "build": ""},
        "deadline": "2025-08-28T18:00:00",
        "progress": "Downloading",
    }
    assert (reported["version"], reported["lastReport"]) == ("15.6", "2025-08-25T12:00:00Z")


class TestWorthWriting:
    """A device that reports nothing new costs no write."""

    BEFORE = device_status(an_outcome(facts("15.6")))

    def later(self, hours: int, **said: Any) -> dict[str, Any]:
        moment = datetime(2025, 8, 25, 12, tzinfo=UTC) + timedelta(hours=hours)
        status = device_status(an_outcome(facts("15.6", **said)))
        status["reported"]["lastReport"] = f"{moment:%Y-%m-%dT%H}:00:00Z"
        return status

    def test_the_same_is_not(self) -> None:
        assert not worth_writing(self.BEFORE, self.later(0))

    def test_a_recent_report_alone_is_not(self) -> None:
        assert not worth_writing(self.BEFORE, self.later(24))

    def test_after_a_day_it_is(self) -> None:
        assert worth_writing(self.BEFORE, self.later(25))

    def test_anything_else_is(self) -> None:
        assert worth_writing(self.BEFORE, self.later(1, install_state="waiting"))

    def test_the_first_status_is(self) -> None:
        assert worth_writing({}, self.later(0))

"""The audit log: what it says of each change that is made in the MDM."""

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from controller import logs
from controller.audit import LINES, Audit, Line
from controller.domain.declarations import Declaration
from controller.domain.planning import Loosened, plan
from controller.domain.policies import UpdatePolicy
from controller.ports import Rejected
from tests.domain.builders import NOW, a_declaration, a_device, a_policy, a_situation, facts

ASKED = a_declaration("15.6.1", "2025-09-03T18:00")
COMMITS = {"macs": "main@sha1:a1"}


@pytest.fixture
def audit() -> Audit:
    return Audit("acme", "fleet")


def lines(caplog: pytest.LogCaptureFixture) -> list[Any]:
    return [record.msg for record in caplog.records if record.name == "pomona.audit"]


def carry_out(
    audit: Audit,
    *names: str,
    version: str = "15.6",
    current: Declaration | None = None,
    policy: UpdatePolicy | None = None,
    failures: dict[str, Any] | None = None,
    known: bool = True,
) -> None:
    """Plan for these devices, and note every batch as made, but for the failures."""
    roster = [(a_device(name), facts(version)) for name in names]
    in_force = {f"E-{name}": current for name in names if current}
    made = plan(a_situation(policy or a_policy()), roster if known else [], in_force, Loosened())
    trail = audit.of(made, in_force, COMMITS, NOW)
    for declaration, enrollments in made.enforce.items():
        trail.note(declaration, enrollments, failures or {})
    trail.note(None, made.withdraw, failures or {})


def test_a_line_says_what_was_done_to_whom_and_why(audit: Audit, caplog: pytest.LogCaptureFixture) -> None:
    carry_out(audit, "a")
    assert lines(caplog) == [
        {
            "ts": "2025-08-25T12:00:00Z",
            "namespace": "acme",
            "fleet": "fleet",
            "change": "enforce",
            "device": "a",
            "version": "15.6.1",
            "build": "",
            "deadline": "2025-09-03T18:00:00",
            "reason": "Enforced",
            "message": "15.6.1 by 2025-09-03T18:00: 14 days after 15.6.1 was posted",
            "policy": "macs",
            "commit": "main@sha1:a1",
        }
    ]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param({"current": a_declaration("15.6.1", "2025-09-30T18:00")}, "move Enforced", id="moved"),
        pytest.param({"current": ASKED, "version": "15.6.1"}, "withdraw UpToDate", id="done"),
        pytest.param({"current": ASKED, "policy": a_policy(target=None)}, "withdraw NoPolicy", id="let go"),
        pytest.param({"current": ASKED, "known": False}, "withdraw ", id="its Device is gone"),
    ],
)
def test_every_kind_of_change_has_its_name(
    given: dict[str, Any], said: str, audit: Audit, caplog: pytest.LogCaptureFixture
) -> None:
    carry_out(audit, "a", **given)
    [line] = lines(caplog)
    assert (f"{line['change']} {line['reason']}", line["version"]) == (said, "15.6.1")


def test_who_has_no_device_is_called_by_the_enrollment(
    audit: Audit, caplog: pytest.LogCaptureFixture
) -> None:
    carry_out(audit, "a", current=ASKED, known=False)
    [line] = lines(caplog)
    assert (line["device"], line["message"]) == ("E-a", "its Device is gone")


def test_nothing_changed_is_no_line(audit: Audit, caplog: pytest.LogCaptureFixture) -> None:
    carry_out(audit, "a", current=ASKED)
    assert lines(caplog) == []


def test_few_devices_have_a_line_each_and_many_share_one(
    audit: Audit, caplog: pytest.LogCaptureFixture
) -> None:
    names = [f"mac-{number:02}" for number in range(LINES + 1)]
    carry_out(audit, *names[:LINES])
    assert [line["device"] for line in lines(caplog)] == names[:LINES]
    caplog.clear()
    carry_out(audit, *names)
    [line] = lines(caplog)
    assert line["devices"] == names


def test_a_line_is_never_longer_than_pipelines_carry(audit: Audit, caplog: pytest.LogCaptureFixture) -> None:
    names = [f"{'mac' * 20}-{number:04}" for number in range(1000)]
    carry_out(audit, *names)
    assert [name for line in lines(caplog) for name in line["devices"]] == names
    assert max(len(str(line)) for line in lines(caplog)) < 16 * 1024


REFUSED = {"E-a": Rejected("no such enrollment")}


class TestFailures:
    """A change that was not made says so, and is one line as long as it lasts."""

    def test_it_says_why(self, audit: Audit, caplog: pytest.LogCaptureFixture) -> None:
        carry_out(audit, "a", "b", failures=REFUSED)
        said = {line["device"]: line.get("failed") for line in lines(caplog)}
        assert said == {"a": "no such enrollment", "b": None}

    def test_once_while_it_lasts(self, audit: Audit, caplog: pytest.LogCaptureFixture) -> None:
        for _ in range(3):
            carry_out(audit, "a", failures=REFUSED)
        assert len(lines(caplog)) == 1

    def test_again_after_it_was_over(self, audit: Audit, caplog: pytest.LogCaptureFixture) -> None:
        for failures in (REFUSED, {}, REFUSED):
            carry_out(audit, "a", failures=failures)
        assert ["failed" in line for line in lines(caplog)] == [True, False, True]

    def test_another_one_is_another_line(self, audit: Audit, caplog: pytest.LogCaptureFixture) -> None:
        carry_out(audit, "a", failures=REFUSED)
        carry_out(audit, "a", failures={"E-a": Rejected("no")})
        assert [line["failed"] for line in lines(caplog)] == ["no such enrollment", "no"]


class TestForms:
    """In the log as it is written."""

    @pytest.fixture(autouse=True)
    def _root(self) -> Iterator[None]:
        root = logging.getLogger()
        handlers, level = root.handlers[:], root.level
        yield
        root.handlers[:] = handlers
        root.setLevel(level)

    @pytest.mark.parametrize("level", ["info", "error"])
    def test_json_has_its_fields_as_its_own(self, audit: Audit, level: str) -> None:
        stream = io.StringIO()
        logs.set_up(level, "json", stream)
        carry_out(audit, "a")
        written = json.loads(stream.getvalue())
        found = {key: written[key] for key in ("logger", "ts", "change", "device", "reason")}
        assert found == {
            "logger": "pomona.audit",
            "ts": "2025-08-25T12:00:00Z",
            "change": "enforce",
            "device": "a",
            "reason": "Enforced",
        }
        assert written["msg"].startswith("15.6.1 by 2025-09-03T18:00")

    def test_text_ends_with_the_same_as_json(self, audit: Audit, caplog: pytest.LogCaptureFixture) -> None:
        stream = io.StringIO()
        logs.set_up("info", "text", stream)
        carry_out(audit, "a")
        _, _, said = stream.getvalue().partition("pomona.audit: ")
        assert json.loads(said)["message"].startswith("15.6.1 by 2025-09-03T18:00")

    @pytest.mark.parametrize("form", ["json", "text"])
    def test_no_secret_is_in_any_line(self, audit: Audit, form: str) -> None:
        stream = io.StringIO()
        logs.set_up("info", form, stream)
        logs.redact.learn("hunter2hunter2")
        failure = Rejected("https://nanohub:hunter2hunter2@mdm.acme.example refused hunter2hunter2")
        carry_out(audit, "a", failures={"E-a": failure})
        assert "hunter2" not in stream.getvalue()
        assert "refused …" in stream.getvalue()


def test_details_alone_are_a_move_and_are_not_shown(audit: Audit, caplog: pytest.LogCaptureFixture) -> None:
    policy = replace(a_policy(), details_url="https://it.acme.example/?token=abcdef")
    carry_out(audit, "a", current=ASKED, policy=policy)
    [line] = lines(caplog)
    assert (line["change"], "token" in str(Line(line))) == ("move", False)

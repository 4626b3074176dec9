"""What is newer is never overwritten by what is older."""

import msgspec
import pytest

from controller.adapters.kube.roster import Roster
from controller.adapters.kube.wire import RawDevice


class Bell:
    def __init__(self) -> None:
        self.rung: list[str] = []

    def __call__(self, namespace: str) -> None:
        self.rung.append(namespace)


def a_device(version: int, name: str = "mac", *, model: str = "", status: str = "{}") -> RawDevice:
    text = f"""{{
        "metadata": {{
            "name": "{name}", "namespace": "acme", "resourceVersion": "{version}", "uid": "u",
            "creationTimestamp": "2025-08-25T12:00:00Z", "labels": {{"ring": "canary"}}
        }},
        "spec": {{"enrollment": "e", "model": "{model}"}},
        "status": {status}
    }}"""
    return msgspec.json.decode(text, type=RawDevice)


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
def roster(bell: Bell) -> Roster:
    return Roster(bell)


def model(roster: Roster) -> str:
    return roster.members("acme")["mac"].device.model


@pytest.mark.parametrize(("second", "expected"), [(9, "first"), (10, "first"), (11, "second")])
def test_only_a_newer_version_replaces(roster: Roster, second: int, expected: str) -> None:
    roster.put(a_device(10, model="first"))
    roster.put(a_device(second, model="second"))

    assert model(roster) == expected


def test_a_change_rings_and_a_status_does_not(roster: Roster, bell: Bell) -> None:
    roster.put(a_device(1))
    roster.put(a_device(2, status='{"reason": "Enforced"}'))
    after_status = list(bell.rung)
    roster.put(a_device(3, model="J314sAP"))

    assert (after_status, bell.rung) == (["acme"], ["acme", "acme"])
    assert roster.members("acme")["mac"].status == b"{}"


def test_facts_are_read_from_the_status(roster: Roster) -> None:
    reported = '{"reported": {"version": "15.6", "lastReport": "2025-08-25T12:00:00Z"}}'
    roster.put(a_device(1, status=reported))

    facts = roster.members("acme")["mac"].facts

    assert facts
    assert str(facts.version) == "15.6"


def test_a_sweep_forgets_what_the_list_did_not_show(roster: Roster) -> None:
    roster.put(a_device(5, "seen"))
    roster.put(a_device(5, "gone"))
    roster.put(a_device(12, "newer than the list"))

    roster.sweep({("acme", "seen")}, 10)

    assert set(roster.members("acme")) == {"seen", "newer than the list"}


def test_a_deletion_that_is_older_than_the_new_device_is_none(roster: Roster) -> None:
    roster.put(a_device(20))
    roster.drop(a_device(15))

    assert list(roster.members("acme")) == ["mac"]


def test_the_late_answer_to_a_write_does_not_bring_back_a_deleted_device(roster: Roster) -> None:
    roster.put(a_device(5))
    roster.drop(a_device(8))
    roster.reached = 8

    roster.put_written(a_device(7))

    assert roster.members("acme") == {}


def test_the_answer_to_a_write_is_taken_in_before_it_is_heard_of(roster: Roster) -> None:
    roster.reached = 8

    roster.put_written(a_device(9))

    assert list(roster.members("acme")) == ["mac"]


def test_what_was_given_out_does_not_change(roster: Roster) -> None:
    roster.put(a_device(1))
    given = roster.members("acme")
    roster.drop(a_device(2))

    assert list(given) == ["mac"]


def test_devices_share_their_labels(roster: Roster) -> None:
    roster.put(a_device(1, "a"))
    roster.put(a_device(2, "b"))

    members = roster.members("acme")

    assert members["a"].device.labels is members["b"].device.labels


def test_a_device_that_cannot_be_read_is_left_out_and_named_once(
    roster: Roster, caplog: pytest.LogCaptureFixture
) -> None:
    for version in (2, 3):
        roster.put(a_device(version, "broken", status='{"reported": {"lastReport": "never"}}'))

    assert roster.members("acme") == {}
    assert caplog.text.count("Device acme/broken cannot be read") == 1


def test_a_device_that_cannot_be_read_any_more_stays_as_it_was(roster: Roster) -> None:
    roster.put(a_device(1, model="J314sAP"))
    roster.put(a_device(2, model="J316sAP", status='{"reported": {"lastReport": "never"}}'))

    assert model(roster) == "J314sAP"

"""The journal answers what promises are made of."""

from datetime import timedelta

from tests.lab.device import Device
from tests.lab.journal import arrivals, least_notice, longest_overlap, needless
from tests.lab.test_device import HOUR, MAC, NOW, after, enforcement, holding, with_all

ONE, TWO = enforcement("26.1", name="pomona-1"), enforcement("26.2", name="pomona-2")


def test_a_device_that_held_nothing_has_nothing_to_tell() -> None:
    device = Device.of(MAC)
    assert (arrivals(device), needless(device), longest_overlap(device)) == ([], [], 0)
    assert least_notice(device) == timedelta.max


def test_the_notice_is_counted_on_the_devices_clock() -> None:
    device = with_all(holding(ONE), enforcement("26.2", "2026-01-13T08:00:00"), at=NOW + HOUR)
    assert [event.notice for event in arrivals(device)] == [4 * HOUR, 23 * HOUR]
    assert least_notice(device) == 4 * HOUR


def test_what_arrives_is_compared_with_what_runs() -> None:
    device = after(after(holding(TWO), 3), 3, NOW + 4 * HOUR)
    assert needless(device) == []
    assert [event.version for event in needless(with_all(device, TWO, ONE))] == ["26.1"]


def test_one_replaced_by_another_is_no_overlap() -> None:
    assert longest_overlap(with_all(holding(ONE), TWO)) == 0


def test_an_overlap_lasts_until_the_sync_that_ends_it() -> None:
    both = holding(ONE, TWO)
    assert longest_overlap(both) == 1
    assert longest_overlap(with_all(both, TWO)) == 1
    assert longest_overlap(with_all(both, ONE, TWO)) == 2
    assert longest_overlap(with_all(with_all(both, ONE, TWO), ONE)) == 2


def test_an_enforcement_of_somebody_else_is_his() -> None:
    device = holding(ONE, enforcement("26.2", name="theirs"))
    assert longest_overlap(device) == 1
    assert longest_overlap(device, "pomona-") == 0
    assert [event.identifier for event in arrivals(device, "pomona-")] == ["pomona-1"]

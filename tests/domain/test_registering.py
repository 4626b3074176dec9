"""Which Devices registration makes and removes, and what they are called."""

from datetime import timedelta
from typing import Any

import pytest

from controller.domain.devices import Device
from controller.domain.enrollments import Event, Topic
from controller.domain.fleets import Register
from controller.domain.registering import NewDevice, Registration, identity, newcomers, register
from tests.domain.builders import NOW, facts

SERIAL, ID, OTHER = "C02XK1ABCD", "00008112-000A1234ABCD001E", "00008112-000A1234ABCD002F"
NEW = {"pomona.dev/registered": "true"}
GITS = {"pomona.dev/git": "acme"}


def an_event(topic: Topic = Topic.AUTHENTICATE, *, minutes: int = 0, **fields: Any) -> Event:
    known: dict[str, Any] = {"enrollment": ID, "serial": SERIAL} | fields
    return Event(topic, at=NOW + timedelta(minutes=minutes), **known)


def a_device(name: str, enrollment: str, serial: str = "", **labels: str) -> Device:
    return Device(name, enrollment, NOW, frozenset(labels.items()), serial)


def registered(name: str, enrollment: str, serial: str = "", **more: str) -> Device:
    return Device(name, enrollment, NOW, frozenset((NEW | more).items()), serial)


def made(events: list[Event], *devices: Device, wanted: Register = Register()) -> Registration:
    return register(newcomers(events), {device.name: device for device in devices}, wanted)


def names(found: Registration) -> list[str]:
    return [one.name for one in found.make]


@pytest.mark.parametrize(
    ("event", "name"),
    [
        pytest.param(an_event(), "c02xk1abcd", id="by its serial number"),
        pytest.param(an_event(serial=""), "00008112-000a1234abcd001e", id="by its enrollment"),
        pytest.param(an_event(serial=" C02/XK_1. "), "c02-xk-1", id="as an object may be called"),
        pytest.param(an_event(serial="..."), "00008112-000a1234abcd001e", id="nothing left of the serial"),
        *(pytest.param(an_event(topic), "c02xk1abcd", id=topic) for topic in Topic if topic != "CheckOut"),
    ],
)
def test_an_unknown_enrollment_gets_a_device(event: Event, name: str) -> None:
    [one] = made([event]).make
    assert (one.name, one.enrollment, one.serial) == (name, ID, event.serial)


@pytest.mark.parametrize(
    ("event", "labels"),
    [
        pytest.param(
            {"product": "iPhone15,2", "version": "26.1"},
            {"pomona.dev/platform": "iOS", "pomona.dev/model": "iPhone15_2", "pomona.dev/os-major": "26"},
            id="an iPhone",
        ),
        pytest.param(
            {"product": "Mac14,2", "version": "15.6.1"},
            {"pomona.dev/platform": "macOS", "pomona.dev/os-major": "15"},
            id="a Mac does not say its model yet",
        ),
        pytest.param({"product": "Toaster1,1", "version": "one"}, {}, id="a thing that nobody knows"),
        pytest.param({}, {}, id="nothing is known"),
    ],
)
def test_its_labels_say_what_is_known(event: dict[str, Any], labels: dict[str, str]) -> None:
    wanted = Register(labels=frozenset({("ring", "new")}))

    [one] = made([an_event(**event)], wanted=wanted).make

    assert dict(one.labels) == NEW | {"ring": "new"} | labels


def test_what_one_event_leaves_out_another_one_says() -> None:
    events = [
        an_event(Topic.STATUS, serial=""),
        an_event(product="iPhone15,2"),
        an_event(Topic.OTHER, serial=""),
    ]

    [one] = made(events).make

    assert (one.serial, dict(one.labels)["pomona.dev/platform"]) == (SERIAL, "iOS")


@pytest.mark.parametrize(
    "device",
    [
        pytest.param(a_device("anything", ID), id="a person's"),
        pytest.param(registered("anything", ID), id="its own"),
        pytest.param(a_device("anything", ID, **GITS), id="Git's"),
    ],
)
def test_who_has_a_device_gets_no_other(device: Device) -> None:
    assert made([an_event()], device) == Registration()


def test_where_the_fleet_does_not_say_so_nobody_does() -> None:
    assert made([an_event()], wanted=Register(enabled=False)) == Registration()


class TestCheckOut:
    LEAVES = an_event(Topic.CHECK_OUT, minutes=1)

    def test_what_registration_made_is_removed(self) -> None:
        assert made([self.LEAVES], registered("c02xk1abcd", ID)) == Registration(remove=("c02xk1abcd",))

    def test_even_where_it_makes_none_any_more(self) -> None:
        found = made([self.LEAVES], registered("c02xk1abcd", ID), wanted=Register(enabled=False))
        assert found.remove == ("c02xk1abcd",)

    @pytest.mark.parametrize(
        "device",
        [
            pytest.param(a_device("c02xk1abcd", ID), id="a person's"),
            pytest.param(a_device("c02xk1abcd", ID, **GITS), id="Git's"),
            pytest.param(registered("c02xk1abcd", ID, **GITS), id="one that Git took over"),
        ],
    )
    def test_what_others_made_stays(self, device: Device) -> None:
        assert made([self.LEAVES], device) == Registration()

    def test_nobody_registers_by_leaving(self) -> None:
        assert made([self.LEAVES]) == Registration()

    def test_who_comes_back_at_once_stays(self) -> None:
        back = an_event(minutes=2)
        assert made([back, self.LEAVES], registered("c02xk1abcd", ID)) == Registration()


class TestNewId:
    """The same hardware enrolls under another id."""

    NEWER = an_event(enrollment=OTHER)

    def test_what_registration_made_is_replaced(self) -> None:
        found = made([self.NEWER], registered("c02xk1abcd", ID, SERIAL))
        assert (names(found), found.remove) == (["c02xk1abcd"], ("c02xk1abcd",))

    def test_also_where_it_was_called_by_its_enrollment(self) -> None:
        found = made([self.NEWER], registered(ID.lower(), ID, SERIAL.lower()))
        assert (names(found), found.remove) == (["c02xk1abcd"], (ID.lower(),))

    @pytest.mark.parametrize(
        "device",
        [
            pytest.param(a_device("c02xk1abcd", ID, SERIAL), id="a person's"),
            pytest.param(registered("c02xk1abcd", ID, SERIAL, **GITS), id="one that Git took over"),
            pytest.param(registered("c02xk1abcd", ID), id="another device of that name"),
        ],
    )
    def test_what_others_made_keeps_its_name(self, device: Device) -> None:
        found = made([self.NEWER], device)
        assert (names(found), found.remove) == ([OTHER.lower()], ())

    def test_without_a_name_left_nothing_is_made(self) -> None:
        found = made([self.NEWER], a_device("c02xk1abcd", ID), a_device(OTHER.lower(), "x"))
        assert found == Registration(nameless=(OTHER,))

    def test_two_of_one_serial_at_once_are_two_devices(self) -> None:
        assert names(made([an_event(), self.NEWER])) == ["c02xk1abcd", OTHER.lower()]


def test_identity_follows_the_facts() -> None:
    assert dict(identity(facts("15.6", model="J314sAP"))) == {
        "pomona.dev/platform": "macOS",
        "pomona.dev/model": "J314sAP",
        "pomona.dev/os-major": "15",
    }


def test_a_new_device_is_a_value() -> None:
    assert made([an_event()]).make == (NewDevice("c02xk1abcd", ID, SERIAL, frozenset(NEW.items())),)

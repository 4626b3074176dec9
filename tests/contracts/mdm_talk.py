"""The second half of the contract: telling devices, hearing their reports, and being refused."""

from datetime import timedelta
from typing import Any

import pytest

from controller.domain.status_items import ITEMS
from controller.ports import Mdm, Unauthorized, Unavailable
from tests.contracts.cycles import LATE, SOON, A, B
from tests.contracts.server import Server


def said(version: str, *, full: bool = False) -> dict[str, Any]:
    """A report's document."""
    document: dict[str, Any] = {"StatusItems": {"device": {"operating-system": {"version": version}}}}
    return document | {"FullReport": True} if full else document


async def versions(mdm: Mdm, after: str = "") -> list[str]:
    """What the reports of A say."""
    return [r.items["device"]["operating-system"]["version"] for r in await mdm.reports(A, after)]


class TalkContract:
    """No push ever succeeds here: there is no certificate. A device learns what changed when it connects."""

    async def test_changes_tell_nobody(self, server: Server, mdm: Mdm) -> None:
        await mdm.subscribe({A: ITEMS})
        await mdm.enforce(SOON, [A])
        await mdm.enforce(LATE, [A])
        await mdm.withdraw([A])

        assert await server.visit(A) == 0

    async def test_who_is_told_gets_one_command(self, server: Server, mdm: Mdm) -> None:
        await mdm.enforce(SOON, [A, B])

        await mdm.tell([A, A])

        assert (await server.visit(A), await server.visit(B)) == (1, 0)

    async def test_a_push_that_fails_is_said_of_the_device(self, mdm: Mdm) -> None:
        failures = await mdm.tell([A])

        assert failures.keys() == {A}
        assert isinstance(failures[A], Unavailable)

    async def test_who_was_not_woken_gets_no_second_command(self, server: Server, mdm: Mdm) -> None:
        await mdm.enforce(SOON, [A])
        await mdm.tell([A])

        assert (await mdm.tell([A])).keys() == {A}

        assert await server.visit(A) == 1

    async def test_who_enrolled_anew_gets_another_command(self, server: Server, mdm: Mdm) -> None:
        await mdm.enforce(SOON, [A])
        await mdm.tell([A])
        await server.visit(A)
        await mdm.renew([A])

        await mdm.tell([A])

        assert await server.visit(A) == 1

    async def test_what_changed_since_is_told_anew(self, server: Server, mdm: Mdm) -> None:
        await mdm.enforce(SOON, [A])
        await mdm.tell([A])
        await server.visit(A)
        await mdm.withdraw([A])

        await mdm.tell([A])

        assert await server.visit(A) == 1

    async def test_what_was_queued_before_it_enrolled_anew_is_queued_again(
        self, server: Server, mdm: Mdm
    ) -> None:
        await mdm.tell([A])
        await server.enroll(A)
        assert await server.visit(A) == 0

        await mdm.renew([A])
        await mdm.tell([A])

        assert await server.visit(A) == 1

    async def test_a_device_that_never_spoke_has_no_reports(self, mdm: Mdm) -> None:
        assert await mdm.reports(A, "") == []

    async def test_reports_come_oldest_first_from_the_newest_full_one(self, server: Server, mdm: Mdm) -> None:
        for document in (said("1", full=True), said("2"), said("3", full=True), said("4"), said("5")):
            await server.report(A, document)

        reports = await mdm.reports(A, "")

        assert await versions(mdm) == ["3", "4", "5"]
        assert [report.full for report in reports] == [True, False, False]
        assert len({report.id for report in reports}) == 3
        assert all(report.received.utcoffset() == timedelta(0) for report in reports)

    async def test_reports_come_after_the_last_one_heard(self, server: Server, mdm: Mdm) -> None:
        await server.report(A, said("1"))
        [last] = await mdm.reports(A, "")
        for document in (said("2"), said("3", full=True), said("4")):
            await server.report(A, document)

        assert await versions(mdm, last.id) == ["2", "3", "4"]

    async def test_one_more_costs_one_request(self, server: Server) -> None:
        wire = server.wire()
        mdm = server.connect(wire)
        for version in ("1", "2", "3"):
            await server.report(A, said(version))
        last = (await mdm.reports(A, ""))[-1]
        await server.report(A, said("4"))
        asked = wire.asked

        assert await versions(mdm, last.id) == ["4"]
        assert wire.asked == asked + 1

    async def test_nothing_new_is_no_report(self, server: Server, mdm: Mdm) -> None:
        await server.report(A, said("1"))
        [last] = await mdm.reports(A, "")

        assert await mdm.reports(A, last.id) == []

    async def test_a_report_that_is_not_stored_any_more_is_no_beginning(
        self, server: Server, mdm: Mdm
    ) -> None:
        for document in (said("1"), said("2", full=True), said("3")):
            await server.report(A, document)

        assert await versions(mdm, "gone") == ["2", "3"]

    async def test_a_report_of_another_form_says_nothing(self, server: Server, mdm: Mdm) -> None:
        malformed: list[Any] = [[], {}, {"StatusItems": []}]
        for document in malformed:
            await server.report(A, document)

        assert [(report.full, report.items) for report in await mdm.reports(A, "")] == [(False, {})] * 3

    async def test_wrong_credentials_are_named(self, server: Server) -> None:
        stranger = server.connect(api_key="wrong")

        with pytest.raises(Unauthorized, match=r"answered 401 .*expected its API key") as caught:
            await stranger.promises([A])

        assert "wrong" not in str(caught.value)
        with pytest.raises(Unauthorized):
            await stranger.tell([A])
        with pytest.raises(Unauthorized):
            await stranger.enforce(SOON, [A])

    async def test_a_server_that_is_down_is_unavailable(self, server: Server, mdm: Mdm) -> None:
        await mdm.promises([A])
        server.stop()

        with pytest.raises(Unavailable, match="the MDM does not answer: "):
            await mdm.promises([A])
        for failures in (await mdm.enforce(SOON, [A]), await mdm.tell([A])):
            assert failures.keys() == {A}
            assert isinstance(failures[A], Unavailable)

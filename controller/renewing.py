"""Renewing: a device that enrolled anew holds nothing any more, and what it was promised is over."""

from collections.abc import Mapping
from datetime import datetime

from controller.audit import Audit
from controller.domain.cases import Verdict
from controller.domain.decisions import Decision
from controller.domain.declarations import Promise
from controller.domain.planning import Plan
from controller.domain.reasons import Reason
from controller.listen import Hearing
from controller.ports import Mdm
from controller.standing import Wanted


async def renew(
    mdm: Mdm, hearing: Hearing, audit: Audit, wanted: Wanted, promises: Mapping[str, Promise], now: datetime
) -> None:
    """End the promises of those who enrolled anew; who cannot be reached has its turn the next time."""
    renewed = set(hearing.renewed)
    failures = await mdm.renew(renewed)
    verdict = Verdict(Reason.NO_REPORT, "it enrolled anew")
    devices = [m.device for m in wanted.members.values() if m.device.enrollment in renewed]
    decisions = {d.name: Decision(d.name, d.enrollment, "", verdict) for d in devices}
    current = {e: promises[e].declaration for e in renewed & promises.keys()}
    trail = audit.of(Plan(decisions, withdraw=tuple(renewed)), current, wanted.commits, now)
    trail.note(None, renewed, failures)
    hearing.renewed -= renewed - failures.keys()

"""How a simulated device comes from one version to the next: state by state, as its clock allows. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from tests.lab.device import Device, Phase, Target, deadline
from tests.lab.enforcing import is_met, takes_enforcements
from tests.lab.failures import ACCESS_DENIED
from tests.lab.lifecycle import event_of
from tests.lab.protocol import ENFORCEMENT, Declaration

#: A device that gets an enforcement too late, or whose installation failed, tries after this.
RETRY = timedelta(hours=1)


def wake(device: Device, now: datetime) -> Device:
    """The device is on again: a deadline that passed meanwhile leaves the user an hour from now."""
    if device.target is None:
        return device
    return replace(device, target=replace(device.target, since=device.profile.clock(now)))


def advance(device: Device, offered: Mapping[str, str], now: datetime) -> Device:
    """The device one state further, where its clock allows.

    *offered*: the build of each version for it, and of each background security improvement by its name.
    """
    clock, stuck_in = device.profile.clock(now), device.profile.behaviour.stuck_in
    if device.phase is Phase.RESTARTING:
        return device if device.phase is stuck_in else _restarted(device, offered, clock)
    device = _aimed(device, offered, clock)
    if device.target is None or device.phase is stuck_in:
        return device
    return _moved(device, device.target, clock)


def _moved(device: Device, target: Target, clock: datetime) -> Device:
    """The device in the state that follows, if its time has come."""
    behaviour = device.profile.behaviour
    match device.phase:
        case Phase.NONE:
            return replace(device, phase=Phase.PREPARED if behaviour.skips_states else Phase.WAITING)
        case Phase.WAITING:
            return replace(device, phase=Phase.DOWNLOADING)
        case Phase.DOWNLOADING:
            return _attempted(device, target, clock, Phase.PREPARED)
        case Phase.PREPARED if target.relapses < behaviour.relapses:
            lost = replace(target, relapses=target.relapses + 1)
            return replace(device, phase=Phase.DOWNLOADING, target=lost)
        case Phase.PREPARED if _is_due(device, target, clock):
            return _begun(device, target, clock)
        case Phase.UNDOCUMENTED:
            return replace(device, phase=Phase.INSTALLING)
        case Phase.INSTALLING:
            return _attempted(device, target, clock, Phase.RESTARTING)
        case Phase.FAILED if target.failed_at and clock >= target.failed_at + RETRY:
            return replace(device, phase=Phase.WAITING)
    return device


def _aimed(device: Device, offered: Mapping[str, str], clock: datetime) -> Device:
    """The device with its target: of what can be installed, the enforcement that is due first."""
    wanted = [e for e in device.active(ENFORCEMENT) if _can(device, e, offered)]
    if not wanted:
        return replace(device, phase=Phase.NONE, target=None)
    first = min(wanted, key=lambda e: (deadline(e), e.key))
    version, name = first.payload["TargetOSVersion"], _found(first, offered)
    if device.target and (device.target.version, device.target.build) == (version, offered[name]):
        moved = deadline(device.target.enforcement) != deadline(first)
        since = clock if moved else device.target.since
        return replace(device, target=replace(device.target, enforcement=first, since=since))
    improvement = name if name != version else ""
    target = Target(first, version, offered[name], clock, improvement=improvement)
    return replace(device, phase=Phase.NONE, target=target)


def _can(device: Device, enforcement: Declaration, offered: Mapping[str, str]) -> bool:
    takes = takes_enforcements(device) and not device.profile.behaviour.rejects
    return takes and bool(_found(enforcement, offered)) and not is_met(device, enforcement)


def _found(enforcement: Declaration, offered: Mapping[str, str]) -> str:
    """What an enforcement asks for, of what is offered: a version, or an improvement of it; else empty."""
    version, build = enforcement.payload["TargetOSVersion"], enforcement.payload.get("TargetBuildVersion", "")
    names = [name for name in offered if name.partition(" ")[0] == version]
    fitting = [n for n in names if offered[n] == build] if build else [n for n in names if n == version]
    return next(iter(fitting), "")


def _is_due(device: Device, target: Target, clock: datetime) -> bool:
    """Has the time come? An enforcement that came after its deadline leaves the user an hour."""
    match device.profile.behaviour.installs:
        case "never":
            return False
        case "prepared":
            return True
    due = deadline(target.enforcement)
    return clock >= (due if target.since <= due else target.since + RETRY)


def _begun(device: Device, target: Target, clock: datetime) -> Device:
    """The device as it begins to install, or, where it skips that, at the end of it."""
    behaviour = device.profile.behaviour
    if behaviour.undocumented:
        return replace(device, phase=Phase.UNDOCUMENTED)
    begun = replace(device, phase=Phase.INSTALLING)
    return _attempted(begun, target, clock, Phase.RESTARTING) if behaviour.skips_states else begun


def _attempted(device: Device, target: Target, clock: datetime, then: Phase) -> Device:
    """The end of an attempt: a failure that is counted, or what comes *then*."""
    reason = _failure(device, target)
    if reason is None:
        return replace(device, phase=then)
    failed = replace(target, failures=target.failures + 1, failed_at=clock, failure=reason)
    event = event_of(device, clock, "failed", target.enforcement)
    return replace(device, phase=Phase.FAILED, target=failed, journal=(*device.journal, event))


def _failure(device: Device, target: Target) -> str | None:
    """Why this attempt fails, if it does: nobody lets a Mac install without its bootstrap token."""
    behaviour = device.profile.behaviour
    if device.phase is behaviour.fails_while and target.failures < behaviour.failures:
        return behaviour.failure
    denied = device.phase is Phase.INSTALLING and device.profile.family == "macOS" and not device.escrowed
    return ACCESS_DENIED if denied else None


def _restarted(device: Device, offered: Mapping[str, str], clock: datetime) -> Device:
    """The device on its new version; it will say that nothing failed, even if it said so before.

    A background security improvement leaves the build as it is.
    """
    assert device.target
    reported = {k: v for k, v in device.reported.items() if k != "softwareupdate.failure-reason"}
    version, improvement = device.target.version, device.target.improvement
    return replace(
        device,
        version=version,
        build=offered.get(version, device.build) if improvement else device.target.build,
        supplement=device.target.build if improvement else "",
        extra=improvement.partition(" ")[2],
        phase=Phase.NONE,
        target=None,
        reported=reported,
        journal=(*device.journal, event_of(device, clock, "installed", device.target.enforcement)),
    )

"""What a device makes of an enforcement: can it take one, and is there anything to do? Pure."""

import re

from tests.lab.device import Device, numbers
from tests.lab.protocol import Declaration

#: The first version of each OS that takes an enforcement.
ENFORCES = {"iOS": (17, 0), "iPadOS": (17, 0), "macOS": (14, 0), "tvOS": (18, 4), "visionOS": (26, 0)}

_BUILD = re.compile(r"(\d+)([A-Z])(\d+)([a-z]?)")


def takes_enforcements(device: Device) -> bool:
    """Does this OS know enforcements, and may this MDM send them?"""
    first = ENFORCES.get(device.profile.family)
    return first is not None and numbers(device.version) >= first and not device.profile.user_enrolled


def is_met(device: Device, enforcement: Declaration) -> bool:
    """Is the target installed, or something newer? A build counts only within its version."""
    asked, runs = numbers(enforcement.payload["TargetOSVersion"]), numbers(device.version)
    build = enforcement.payload.get("TargetBuildVersion", "")
    if asked != runs or not build:
        return asked <= runs
    if build in (device.build, device.supplement):
        return True
    return not _is_improvement(build) and _age(device.build) > _age(build)


def _is_improvement(build: str) -> bool:
    """Does it come on top of a release, as a background security improvement does?"""
    return build[-1:].islower() and not _is_seed(build)


def _is_seed(build: str) -> bool:
    """Is it a beta's, such as 25C5048a?"""
    found = _BUILD.fullmatch(build)
    return bool(found and found[4] and len(found[3]) == 4 and found[3].startswith("5"))


def _age(build: str) -> tuple[bool, int, str, int]:
    """Builds of one version by their age: seeds before releases."""
    found = _BUILD.fullmatch(build)
    assert found, f"{build!r} is no build"
    return not _is_seed(build), int(found[1]), found[2], int(found[3])

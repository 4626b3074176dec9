"""Versions and builds of Apple's operating systems, and the platforms that they belong to."""

import re
from enum import StrEnum
from typing import NamedTuple, Self

_VERSION = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4}){1,2}")
_SEED = re.compile(r"\d+[A-Z]\d+[a-z]")
_MAC = re.compile(r"(j\w+ap|x\w+ap|mac-[0-9a-f]+|vm\w+ap|vmm-x86_64|i?mac\w*\d+,\d+)")


class Version(NamedTuple):
    """An OS version such as 15.6.1, compared by number: 18.7.10 is above 18.7.9, and 26.0 is 26.0.0."""

    major: int
    minor: int = 0
    patch: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read two or three numbers between dots; anything else is a ValueError that says so."""
        if not _VERSION.fullmatch(text):
            raise ValueError(f"{text!r} is not an OS version such as 15.6.1")
        return cls(*map(int, text.split(".")))

    def __str__(self) -> str:
        """The version as Apple writes it: the third number only where it is not 0."""
        text = f"{self.major}.{self.minor}"
        return f"{text}.{self.patch}" if self.patch else text


class Platform(StrEnum):
    """An operating system of Apple's, by the devices that run it: every iPad is iPadOS."""

    IOS = "iOS"
    IPADOS = "iPadOS"
    MACOS = "macOS"
    TVOS = "tvOS"
    VISIONOS = "visionOS"
    WATCHOS = "watchOS"
    AUDIOOS = "audioOS"


#: The Macs with a T2 chip: their ids look like those with Apple silicon.
_T2 = re.compile(
    r"j(132|137|140a|140k|152f|160|174|185f?|213|214k?|215|223|230k?|680|780)ap",
)

#: How a model's id begins. The lookup service lists most of these under one key, `iOS`.
_PREFIXES = {
    "iphone": Platform.IOS,
    "ipod": Platform.IOS,
    "ipad": Platform.IPADOS,
    "appletv": Platform.TVOS,
    "realitydevice": Platform.VISIONOS,
    "watch": Platform.WATCHOS,
    "audioaccessory": Platform.AUDIOOS,
}

#: The first version that takes a software-update enforcement declaration. Source: Apple, "Deploying
#: software updates using declarative management" (2026). A platform that is absent takes none.
ENFORCEABLE = {
    Platform.IOS: Version(17),
    Platform.IPADOS: Version(17),
    Platform.MACOS: Version(14),
    Platform.TVOS: Version(18, 4),
    Platform.VISIONOS: Version(26),
}


def platform_of(model: str) -> Platform | None:
    """The platform of a model id such as J314sAP or iPad16,3, in any case; None for an unknown kind."""
    lower = model.lower()
    for prefix, platform in _PREFIXES.items():
        if lower.startswith(prefix):
            return platform
    return Platform.MACOS if _MAC.fullmatch(lower) else None


def needs_bootstrap_token(model: str) -> bool:
    """Is it a Mac with Apple silicon, by the lookup service's id? Only those ask the MDM for their token."""
    lower = model.lower()
    return re.fullmatch(r"j\w+ap|vma\w+ap", lower) is not None and _T2.fullmatch(lower) is None


def is_seed(build: str) -> bool:
    """Does *build* look like a beta's: 25A5279m? Background security improvements do, too."""
    return _SEED.fullmatch(build) is not None

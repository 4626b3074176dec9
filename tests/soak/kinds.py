"""What a kind of device is: what it is like, what happens to it, and what that must lead to. Pure."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tests.lab.device import Behaviour, Profile
from tests.lab.ground import Ground

MAC = Profile("mac", "", "J314sAP", "MacBookPro18,3", "macOS", "26.1", "25B78")
AIR = Profile("air", "", "J413AP", "Mac14,2", "macOS", "26.1", "25B78")
T2 = Profile("t2", "", "J132AP", "MacBookPro15,2", "macOS", "15.7.2", "24G325")
PHONE = Profile("phone", "", "iPhone17,1", "iPhone17,1", "iOS", "26.1", "23B85")
OLD_PHONE = Profile("old-phone", "", "iPhone11,2", "iPhone11,2", "iOS", "18.7.2", "22H124")
PAD = Profile("pad", "", "iPad16,3", "iPad16,3", "iPadOS", "26.1", "23B85")
TV = Profile("tv", "", "AppleTV14,1", "AppleTV14,1", "tvOS", "26.1", "23J582")
VISION = Profile("vision", "", "RealityDevice14,1", "RealityDevice14,1", "visionOS", "26.1", "23N49")
WATCH = Profile("watch", "", "Watch7,1", "Watch7,1", "watchOS", "26.1", "23S37")
SPEAKER = Profile("speaker", "", "AudioAccessory5,1", "AudioAccessory5,1", "audioOS", "26.1", "23J582")

#: By how many hours clocks are ahead of UTC, one device after the other.
ZONES = (0.0, -12.0, 14.0, 1.0, -8.0, 9.0, 5.5, -5.0)

#: What happens to one device, by its name.
Happening = Callable[[Ground, str], Awaitable[None] | None]


@dataclass(frozen=True, slots=True)
class End:
    """How a Device stands in the end. *version* is what it runs; *build* and *extra* where they matter."""

    reason: str
    version: str = ""
    progress: str = ""
    attention: str = ""
    build: str = ""
    extra: str = ""


#: The Device is not there any more.
GONE = End("")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of device.

    *labels* and *spec* are those of its Device where *git* brings it; else registration does. *share* is how
    many of a large fleet are like this, for one of the rarest. *answers*: it does what it is told.
    *happenings* come with their day.
    """

    name: str
    like: Profile
    end: End
    labels: Mapping[str, str] = field(default_factory=dict)
    spec: Mapping[str, Any] = field(default_factory=dict)
    git: bool = False
    happenings: tuple[tuple[float, Happening], ...] = ()
    share: int = 1
    answers: bool = True

    def profile(self, number: int) -> Profile:
        """The device of this number; each has its own time zone."""
        name = f"{self.name}-{number:03}"
        return replace(self.like, name=name, serial=name.upper(), utc_offset=ZONES[number % len(ZONES)])


def behaving(profile: Profile, **behaviour: Any) -> Profile:
    """The same device, behaving like this."""
    return replace(profile, behaviour=Behaviour(**behaviour))


def running(profile: Profile, version: str, build: str) -> Profile:
    """The same device, on this version in the beginning."""
    return replace(profile, version=version, build=build)


def slow(name: str, profile: Profile, end: End, **more: Any) -> Kind:
    """A kind whose deadlines come after the month: why it does not install can be seen until the end."""
    builds = {"macOS": "25C56", "iOS": "23C55"}
    like = running(profile, "26.2", builds[profile.family])
    return Kind(name, like, end, labels={"pace": "slow"}, git=True, **more)

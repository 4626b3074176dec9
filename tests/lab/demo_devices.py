"""A dozen devices of every platform, for the demo."""

from tests.lab.device import Behaviour, Profile
from tests.lab.failures import FAILURES
from tests.lab.lab import manifest

#: Each device with the labels that its manifest carries. Its name decides which ring it is in.
DEVICES: tuple[tuple[Profile, dict[str, str]], ...] = (
    (Profile("mbp-elsa", "C02ELS01", "J314sAP", "MacBookPro18,3", "macOS", "26.1", "25B78"), {}),
    (
        Profile(
            "mba-nia",
            "C02NIA02",
            "J413AP",
            "Mac14,2",
            "macOS",
            "15.7.2",
            "24G325",
            behaviour=Behaviour(withholds_token=True),
        ),
        {},
    ),
    (Profile("mbp-eli", "C02ELI03", "J314sAP", "MacBookPro18,3", "macOS", "26.1", "25B78"), {}),
    (
        Profile(
            "mba-dan",
            "C02DAN04",
            "J413AP",
            "Mac14,2",
            "macOS",
            "26.1",
            "25B78",
            behaviour=Behaviour(failure=FAILURES["Space"], failures=2),
        ),
        {},
    ),
    (
        Profile("mini-lab", "C02LAB05", "J314sAP", "MacBookPro18,3", "macOS", "26.1", "25B78"),
        {"owner": "lab"},
    ),
    (Profile("mini-fay", "C02FAY06", "J132AP", "MacBookPro15,2", "macOS", "15.7.2", "24G325"), {}),
    (
        Profile(
            "iphone-ada", "F2LADA07", "iPhone17,1", "iPhone17,1", "iOS", "26.0.1", "23A355", utc_offset=9
        ),
        {},
    ),
    (Profile("iphone-gus", "F2LGUS08", "iPhone15,2", "iPhone15,2", "iOS", "26.1", "23B85"), {}),
    (Profile("ipad-ivo", "DMPIVO09", "iPad13,1", "iPad13,1", "iPadOS", "18.7.2", "22H124"), {}),
    (
        Profile("ipad-lobby", "DMPLOB10", "iPad16,3", "iPad16,3", "iPadOS", "18.7.1", "22H31"),
        {"use": "kiosk"},
    ),
    (Profile("tv-kitchen", "C07TVK11", "AppleTV14,1", "AppleTV14,1", "tvOS", "26.1", "23J582"), {}),
    (
        Profile(
            "vision-lea", "V01LEA12", "RealityDevice14,1", "RealityDevice14,1", "visionOS", "26.1", "23N49"
        ),
        {},
    ),
)


def device_manifests() -> str:
    """The manifests of all of them, as `policies/devices.yaml` has them."""
    from tests.lab.fleet import enrollment_id

    return "---\n".join(
        manifest(
            "Device",
            profile.name,
            {"enrollment": enrollment_id(profile.serial), "serialNumber": profile.serial},
            **labels,
        )
        for profile, labels in DEVICES
    )

"""Which status items devices are asked for."""

#: What every OS that speaks declarative management reports. Asked before a device said what it supports.
BASE = frozenset(
    {
        "device.identifier.serial-number",
        "device.model.identifier",
        "device.operating-system.build-version",
        "device.operating-system.family",
        "device.operating-system.version",
        "management.client-capabilities",
        "management.declarations",
    }
)

#: All that is read, where the device supports it.
ITEMS = BASE | {
    "device.operating-system.supplemental.build-version",
    "device.operating-system.supplemental.extra-version",
    "softwareupdate.beta-enrollment",
    "softwareupdate.device-id",
    "softwareupdate.failure-reason",
    "softwareupdate.install-reason",
    "softwareupdate.install-state",
    "softwareupdate.pending-version",
}


def asked(supported: frozenset[str]) -> frozenset[str] | None:
    """What a device that says it supports these is asked for; None where it has not said so."""
    return ITEMS & supported or None

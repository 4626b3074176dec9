"""The policies of the month: one for each platform, and those that some devices are labelled for. Pure."""

from typing import Any

from tests.lab.clock import on
from tests.lab.lab import manifest
from tests.soak.month import REBUILD, SKIPPED

LATEST: dict[str, Any] = {"latest": {}}


def _days(days: int, notice: int = 1) -> dict[str, Any]:
    return {"days": days, "noticeDays": notice}


def _for(platform: str, deadline: dict[str, Any], target: Any = None, **spec: Any) -> dict[str, Any]:
    known = {"platform": platform, "selector": {}, "target": target or LATEST, "deadline": deadline}
    return known | spec


def _labelled(platform: str, key: str, value: str, target: Any = None, **spec: Any) -> dict[str, Any]:
    known = {"selector": {"matchLabels": {key: value}}, "priority": 10}
    deadline = spec.pop("deadline", _days(4))
    return _for(platform, deadline, target, **(known | spec))


#: The spec of each policy in the beginning.
POLICIES: dict[str, dict[str, Any]] = {
    "macs": _for("macOS", _days(4)),
    "macs-slow": _labelled("macOS", "pace", "slow", deadline=_days(40, 3)),
    "macs-canary": _labelled("macOS", "ring", "canary", deadline=_days(1, 0)),
    "macs-late": _labelled(
        "macOS",
        "ring",
        "late",
        deadline=_days(2),
        gate={"after": "macs-canary", "healthyPercent": 50, "minDevices": 2, "soakDays": 1},
    ),
    "macs-never": _labelled("macOS", "ring", "never", gate={"after": "macs-canary", "soakDays": 60}),
    "macs-own": _labelled("macOS", "major", "own", {"sameMajor": {}}),
    "macs-below": _labelled("macOS", "major", "below", {"below": {"version": "26"}}),
    "macs-missing": _labelled("macOS", "major", "missing", {"exact": {"version": "26.9"}}),
    "macs-pinned": _labelled("macOS", "pin", "build", {"exact": {"version": "26.3"}}, deadline=_days(2)),
    "macs-none": _labelled("macOS", "use", "kiosk", {"none": {}}),
    "macs-paused": _labelled("macOS", "use", "paused", suspend=True),
    "phones": _for("iOS", _days(4)),
    "phones-slow": _labelled("iOS", "pace", "slow", deadline=_days(40, 3)),
    "phones-own": _labelled("iOS", "major", "own", {"sameMajor": {}}),
    "pads": _for("iPadOS", _days(4), backgroundSecurity="Enforce"),
    "tvs": _for(
        "tvOS",
        _days(3),
        selector={"matchExpressions": [{"key": "owner", "operator": "NotIn", "values": ["lab"]}]},
    ),
    "visions": _for(
        "visionOS",
        _days(3),
        freeze=[{"from": f"{on(12):%Y-%m-%d}", "until": f"{on(14):%Y-%m-%d}", "reason": "Trade fair"}],
    ),
}

#: One that nobody can commit, since it waits for a policy that is not there; somebody applies it by hand.
ASTRAY = manifest(
    "UpdatePolicy", "macs-astray", _labelled("macOS", "ring", "astray", gate={"after": "nobody"})
)


def explained() -> dict[str, dict[str, Any]]:
    """A page that tells people with an iPhone more."""
    return {"phones": POLICIES["phones"] | {"detailsURL": "https://it.acme.example/updates"}}


def raised() -> dict[str, dict[str, Any]]:
    """More days for televisions."""
    return {"tvs": POLICIES["tvs"] | {"deadline": _days(6)}}


def pinned() -> dict[str, dict[str, Any]]:
    """Just the second build of 26.3."""
    return {
        "macs-pinned": POLICIES["macs-pinned"] | {"target": {"exact": {"version": "26.3", "build": REBUILD}}}
    }


def skipping() -> dict[str, dict[str, Any]]:
    """Nobody with an iPhone is asked for the bad release."""
    skip = [{"version": SKIPPED, "reason": "VPN panics"}]
    known = POLICIES | explained()
    return {name: known[name] | {"skip": skip} for name in ("phones", "phones-slow")}


def files(policies: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Their manifests, by file."""
    return {f"policies/{name}.yaml": manifest("UpdatePolicy", name, spec) for name, spec in policies.items()}

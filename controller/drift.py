"""What Git wants of one object, what the cluster has, and whether that is the same."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from controller.annotations import COMMIT
from controller.domain.registering import GIT, KEYS, REGISTERED, from_git
from controller.objects import Manifest, Member, Resource
from controller.specs import spec_of

#: Says which Fleet's repository an object came from.
OWNER = GIT

#: `disabled` on an object leaves it alone.
RECONCILE = "pomona.dev/reconcile"

#: Kind and name.
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Live:
    """An object as the cluster has it."""

    spec: Mapping[str, Any]
    labels: Mapping[str, str]
    annotations: Mapping[str, str]

    def left_alone(self) -> bool:
        """Did a person ask us to keep off?"""
        return self.annotations.get(RECONCILE) == "disabled"

    def registered(self) -> bool:
        """Is it a Device that registration made? Git may bring more of it, and leaves it when it goes."""
        key, value = REGISTERED
        return self.labels.get(key) == value


def live_objects(
    policies: Sequence[Resource], devices: Mapping[str, Member], wanted: Collection[Key]
) -> Mapping[Key, Live]:
    """All policies; of the Devices those that Git brought, and those of these *wanted* keys."""
    live = {("UpdatePolicy", policy.name): _live(policy) for policy in policies}
    for name, member in devices.items():
        if ("Device", name) in wanted or from_git(member.device):
            labels = dict(member.device.labels)
            live["Device", name] = Live(json.loads(member.spec), labels, member.annotations)
    return live


def _live(policy: Resource) -> Live:
    return Live(policy.spec, policy.labels, policy.annotations)


def signed(
    manifest: Manifest, namespace: str, fleet: str, head: str, found: Live | None, before: Manifest | None
) -> Manifest:
    """The manifest with our label, and with the commit that last changed it: *head*, or the one before.

    *before* is what was wanted the last time, if that is known.
    """

    def by(revision: str) -> Manifest:
        return _with_metadata(manifest, namespace, fleet, revision)

    if before is not None:
        same = by(before.document["metadata"]["annotations"][COMMIT])
        unchanged = same.document == before.document
    else:
        same = by(found.annotations.get(COMMIT, head) if found else head)
        unchanged = not _lacks(same, found)
    return same if unchanged else by(head)


def _with_metadata(manifest: Manifest, namespace: str, fleet: str, revision: str) -> Manifest:
    given = manifest.document["metadata"]
    metadata = {
        **given,
        "namespace": namespace,
        "labels": {**given.get("labels", {}), OWNER: fleet},
        "annotations": {**given.get("annotations", {}), COMMIT: revision},
    }
    return replace(manifest, document={**manifest.document, "metadata": metadata})


def differs(manifest: Manifest, found: Live | None, before: Manifest | None) -> bool:
    """Is there anything to apply?

    Also where Git took something back: labels and annotations that it had the last time. After a start
    nobody knows what it had, so every label that Git does not have may be one of those.
    """
    if found is None:
        return True
    if found.left_alone():
        return False
    had = before.document["metadata"] if before else {"labels": found.labels, "annotations": {}}
    has = manifest.document["metadata"]
    return (
        _lacks(manifest, found)
        or not (had["labels"].keys() & found.labels.keys()) <= has["labels"].keys() | KEYS
        or not (had["annotations"].keys() & found.annotations.keys()) <= has["annotations"].keys()
    )


def _lacks(manifest: Manifest, found: Live | None) -> bool:
    """Is what the cluster has another thing than the manifest, its defaults filled in?"""
    if found is None:
        return True
    metadata = manifest.document["metadata"]
    return (
        spec_of(manifest) != found.spec
        or not metadata["labels"].items() <= found.labels.items()
        or not metadata["annotations"].items() <= found.annotations.items()
    )

"""What Git wants of one object, what the cluster has, and in what they differ."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
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
class Origin:
    """Where manifests come from: the repository of this *fleet*, at its *head*.

    *known* is the commit that the Fleet's status says is applied; empty where that speaks of another spec.
    """

    namespace: str
    fleet: str
    head: str
    known: str


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


def signed(manifest: Manifest, origin: Origin, found: Live | None, before: Manifest | None) -> Manifest:
    """The manifest with our label, and with the commit that last changed it: the head, or the one before.

    *before* is what was wanted the last time, if that is known.
    """

    def by(revision: str) -> Manifest:
        return _with_metadata(manifest, origin, revision)

    if before is not None:
        same = by(before.document["metadata"]["annotations"][COMMIT])
        unchanged = same.document == before.document
    else:
        same = by(found.annotations.get(COMMIT, origin.head) if found else origin.head)
        unchanged = origin.known == origin.head or not any(differences(same, found))
    return same if unchanged else by(origin.head)


def _with_metadata(manifest: Manifest, origin: Origin, revision: str) -> Manifest:
    given = manifest.document["metadata"]
    metadata = {
        **given,
        "namespace": origin.namespace,
        "labels": {**given.get("labels", {}), OWNER: origin.fleet},
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
        any(differences(manifest, found))
        or not (had["labels"].keys() & found.labels.keys()) <= has["labels"].keys() | KEYS
        or not (had["annotations"].keys() & found.annotations.keys()) <= has["annotations"].keys()
    )


def differences(manifest: Manifest, found: Live | None) -> Iterator[str]:
    """The fields in which the cluster has another thing than the manifest, its defaults filled in."""
    if found is None:
        yield from ("spec", "metadata")
        return
    if manifest.document["spec"] != found.spec:
        yield from _unequal(spec_of(manifest), found.spec, "spec")
    metadata = manifest.document["metadata"]
    for kind, has in (("labels", found.labels), ("annotations", found.annotations)):
        for key, text in metadata[kind].items():
            if has.get(key) != text:
                yield f"metadata.{kind}.{key}"


def _unequal(wanted: Mapping[str, Any], found: Mapping[str, Any], path: str) -> Iterator[str]:
    if wanted == found:
        return
    for key in sorted(wanted.keys() | found.keys()):
        ours, theirs = wanted.get(key), found.get(key)
        if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
            yield from _unequal(ours, theirs, f"{path}.{key}")
        elif ours != theirs or (key in wanted) != (key in found):
            yield f"{path}.{key}"


def may_own(found: Live | None, manifest: Manifest, fleet: str) -> bool:
    """May the fleet's repository bring this object? Not where somebody else made it."""
    if found is None or found.labels.get(OWNER) == fleet or found.left_alone():
        return True
    same = found.spec.get("enrollment") == spec_of(manifest).get("enrollment")
    return found.registered() and OWNER not in found.labels and same


def leaving(fleet: str, wanted: Collection[Key], live: Mapping[Key, Live]) -> Sequence[Key]:
    """What the fleet's repository brought and has no more."""
    ours = (key for key, found in live.items() if found.labels.get(OWNER) == fleet)
    return sorted(key for key in ours if key not in wanted and not live[key].left_alone())

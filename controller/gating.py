"""Gates of manifests that cannot be followed: what they wait for is missing, another's, or waits for them."""

from collections.abc import Collection, Iterable

from controller.domain.gates import faults
from controller.domain.policies import UpdatePolicy
from controller.lines import nearest
from controller.objects import Manifest, Problem
from controller.specs import POLICY, policy_of

#: Where a gate says what it waits for.
_AFTER = "spec.gate.after"


def gate_problems(
    manifests: Collection[Manifest], others: Iterable[UpdatePolicy], *, complete: bool
) -> list[Problem]:
    """One for each manifest whose gate cannot be followed among these and the *others*.

    Unless they are *complete*, a name that is missing may be one of those that are not given.
    """
    own = {m.name: m for m in manifests if m.kind == POLICY}
    if not any("gate" in manifest.document["spec"] for manifest in own.values()):
        return []
    policies = [*others, *map(policy_of, own.values())]
    names = {policy.name for policy in policies}
    found = []
    for name, fault in faults(policies).items():
        manifest = own.get(name)
        if manifest and (complete or manifest.document["spec"]["gate"]["after"] in names):
            line = nearest(manifest.lines, _AFTER, manifest.line)
            found.append(Problem(manifest.file, line, _AFTER, fault.removeprefix(f"{_AFTER}: ")))
    return sorted(found)

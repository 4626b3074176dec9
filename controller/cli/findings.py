"""What is wrong with manifests, and what in them is hardly meant, where it stands."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from controller.cli.files import ALL
from controller.cli.policies import read_manifests
from controller.domain.advice import Advice, Listed, advise, ties
from controller.domain.policies import UpdatePolicy
from controller.lines import nearest
from controller.objects import Manifest, Problem
from controller.specs import POLICY, policy_of
from controller.subjects import bundled


@dataclass(frozen=True, slots=True)
class Findings:
    """All of it, each in the order of files and lines, and how much was read."""

    errors: Sequence[Problem]
    warnings: Sequence[Problem]
    files: int
    objects: int


def judge(
    files: Mapping[str, bytes], unread: Sequence[Problem], namespace: str | None, now: datetime
) -> Findings:
    """Judge these files as publish would, and look for what their author hardly meant."""
    manifests, errors = read_manifests(files, unread, namespace)
    warnings = sorted(_placed(manifest, advice) for manifest, advice in _advice(manifests, now))
    return Findings(errors, warnings, len({*files, *(p.file for p in unread)} - {ALL}), len(manifests))


def _advice(manifests: Sequence[Manifest], now: datetime) -> Iterator[tuple[Manifest, Advice]]:
    policies: dict[str, tuple[Manifest, UpdatePolicy]] = {
        manifest.name: (manifest, policy_of(manifest)) for manifest in manifests if manifest.kind == POLICY
    }
    if not policies:
        return
    listed = Listed.of(bundled())
    for manifest, policy in policies.values():
        for advice in advise(policy, manifest.document["spec"], listed, now):
            yield manifest, advice
    for advice in ties(policy for _, policy in policies.values()):
        yield policies[advice.policy][0], advice


def _placed(manifest: Manifest, advice: Advice) -> Problem:
    line = nearest(manifest.lines, advice.path, manifest.line)
    return Problem(manifest.file, line, advice.path, advice.message)

"""Manifests from files, and their policies, judged as publish judges them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from controller.adapters.manifests import ManifestReader
from controller.cli.files import ALL, read_files
from controller.domain.policies import UpdatePolicy
from controller.gating import gate_problems
from controller.objects import Manifest, Problem
from controller.specs import POLICY, policy_of


@dataclass(frozen=True, slots=True)
class Written:
    """Policies as their author wrote them, or what is wrong with them."""

    policies: Sequence[UpdatePolicy]
    problems: Sequence[Problem]


def read_policies(paths: Iterable[Path]) -> Written:
    """Every UpdatePolicy below these paths, or all that `lint` would call an error."""
    manifests, wrong = read_manifests(*read_files(paths), None)
    return Written([policy_of(manifest) for manifest in manifests if manifest.kind == POLICY], wrong)


def read_manifests(
    files: Mapping[str, bytes], unread: Iterable[Problem], namespace: str | None
) -> tuple[Sequence[Manifest], Sequence[Problem]]:
    """The manifests of these files, and all that is wrong with them, in the order of files and lines.

    While something is wrong, a policy that a gate names may be in what could not be read.
    """
    manifests, problems = ManifestReader().read(files, namespace)
    found = [*unread, *problems]
    wrong = sorted([*found, *gate_problems(manifests, (), complete=not found)])
    if not manifests and not wrong:
        wrong = [Problem(ALL, 0, "", "found no manifest in what was given, expected one at least")]
    return manifests, wrong

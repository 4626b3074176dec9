"""Policies from files and folders, judged as `lint` and publish judge them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from controller.adapters.manifests import ManifestReader
from controller.cli.files import ALL, read_files
from controller.domain.policies import UpdatePolicy
from controller.gating import gate_problems
from controller.ports import Problem
from controller.specs import POLICY, policy_of


@dataclass(frozen=True, slots=True)
class Written:
    """Policies as their author wrote them, or what is wrong with them."""

    policies: Sequence[UpdatePolicy]
    problems: Sequence[Problem]


def read_policies(paths: Iterable[Path]) -> Written:
    """Every UpdatePolicy below these paths, or all that `lint` would call an error."""
    files, unread = read_files(paths)
    manifests, problems = ManifestReader().read(files, None)
    found = [*unread, *problems]
    wrong = sorted([*found, *gate_problems(manifests, (), complete=not found)])
    if not manifests and not wrong:
        wrong = [Problem(ALL, 0, "", "found no manifest in what was given, expected one at least")]
    return Written([policy_of(manifest) for manifest in manifests if manifest.kind == POLICY], wrong)

"""What a commit is refused for, beside what is wrong with its manifests by themselves."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from controller.domain.fleets import Brake
from controller.gating import gate_problems
from controller.live import OWNER, Key, Live
from controller.objects import Manifest, Problem
from controller.ports import Rejected, Unauthorized, Unavailable, Unverified
from controller.specs import POLICY, read_policy

#: So many problems are told at once.
TOLD = 5

#: The reasons of `GitSynced` by what the repository raised; the first that it is one of.
_REASONS = {
    Unavailable: "Unreachable",
    Unauthorized: "Unauthorized",
    Unverified: "Unverified",
    Rejected: "Refused",
}


class Refusal(Exception):
    """A commit is not applied, and the last one stands. *reason* is the one of `GitSynced`."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def refusal(error: Unavailable | Rejected) -> Refusal:
    """What the repository did, in the words of `GitSynced`."""
    return Refusal(next(reason for kind, reason in _REASONS.items() if isinstance(error, kind)), str(error))


def invalid(problems: Sequence[Problem]) -> Refusal:
    """Something is wrong with the manifests."""
    return Refusal("InvalidManifests", _told(problems))


def conflict(manifests: Iterable[Manifest]) -> Refusal:
    """These are of objects that somebody else made."""
    return Refusal("Conflict", _told([_stranger(manifest) for manifest in manifests]))


def _stranger(manifest: Manifest) -> Problem:
    found = f"{manifest.kind} {manifest.name} exists, and this repository did not make it"
    return Problem(manifest.file, manifest.line, "", f"{found}; delete it, or give it the label {OWNER}")


def check_gates(wanted: Mapping[Key, Manifest], live: Mapping[Key, Live], leaving: Collection[Key]) -> None:
    """Refuse gates that could not be followed among all policies that the cluster would have then.

    It is no fault of the commit by itself: a policy that kubectl made may come, and go.
    """
    ours = [m for key, m in wanted.items() if key not in live or not live[key].left_alone()]
    names = {manifest.name for manifest in ours if manifest.kind == POLICY}
    others = (
        read_policy(name, found.spec)
        for (kind, name), found in live.items()
        if kind == POLICY and name not in names and (kind, name) not in leaving
    )
    if problems := gate_problems(ours, others, complete=True):
        raise invalid(problems)


def check_prune(brake: Brake, allowance: int, leaving: Iterable[Key], total: int) -> bool:
    """Refuse to remove too many of *total* Devices; was a person's allowance needed?"""
    many = sum(kind == "Device" for kind, _ in leaving)
    if not brake.holds(many, total):
        return False
    if many <= allowance:
        return True
    raise Refusal(
        "Brake",
        f"the commit would remove {many} of {total} Devices; nothing of it is applied. "
        f'To allow it, annotate the Fleet with pomona.dev/allow-withdrawals="{many}"',
    )


def _told(problems: Sequence[Problem]) -> str:
    lines = list(map(str, problems[:TOLD]))
    if len(problems) > TOLD:
        lines.append(f"and {len(problems) - TOLD} more")
    return "\n".join(lines)

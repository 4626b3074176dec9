"""What must be true of a run: each claim with how often it was tried, and where it does not hold. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.soak import ends, promises, quiet
from tests.soak.evidence import Evidence

#: Says of each thing that it tries nothing, or what is wrong with it.
Trial = Callable[[Evidence], Iterator[str]]

CLAIMS: tuple[tuple[str, Trial], ...] = (
    ("each Device has the state that its behaviour must lead to", ends.states),
    ("each device runs what its behaviour must lead to", ends.versions),
    ("the MDM has in force just what each Device shows", ends.in_force),
    ("NanoHUB's own storage failed hardly any device", ends.lost),
    ("all that the Fleet relies on works again", ends.conditions),
    ("nobody held two of ours longer than until the next time that it fetched", promises.overlaps),
    ("nobody held one below what it ran longer than that", promises.below),
    ("each promise left the whole notice when it was written, at UTC+14", promises.notices),
    ("whatever a device came to hold was promised to it just so", promises.arrivals),
    ("each deadline that moved later has its reason", promises.later),
    ("nobody was asked for what was withdrawn or skipped", promises.taken_back),
    ("each install was asked for: at its deadline, or sooner by its user", promises.installs),
    ("a device is told a few times for each change, or a few times a day", quiet.pushes),
    ("no operator logged an error or a traceback", quiet.errors),
    ("bootstrap tokens are nowhere", quiet.secrets),
    ("in the end nothing is written any more", quiet.writes),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A claim as it turned out. *tried*: of how many things it was claimed; *broken* says where it fails."""

    claim: str
    tried: int
    broken: list[str]


def judge(evidence: Evidence) -> list[Verdict]:
    """All claims."""
    return [_verdict(text, list(trial(evidence))) for text, trial in CLAIMS]


def _verdict(text: str, found: list[str]) -> Verdict:
    return Verdict(
        text, len(found), [said for said in found if said] or ([] if found else ["it was never tried"])
    )

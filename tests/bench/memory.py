"""Resident memory, as the kernel counts it."""

import os
from pathlib import Path


def resident(pid: int | None = None) -> float:
    """MB of a process now; by default of this one."""
    return _field(pid or os.getpid(), "VmRSS")


def peak() -> float:
    """The most MB that this process had since `reset_peak`."""
    return _field(os.getpid(), "VmHWM")


def reset_peak() -> None:
    """Begin anew."""
    Path("/proc/self/clear_refs").write_text("5")


def _field(pid: int, name: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    [line] = [line for line in lines if line.startswith(f"{name}:")]
    return int(line.split()[1]) / 1024

"""On what the figures were measured."""

import os
import platform


def machine() -> str:
    """Such as: 2 cores, 24 GiB, Linux x86_64, Python 3.11.7."""
    cores = len(os.sched_getaffinity(0))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    python = f"Python {platform.python_version()}"
    return f"{cores} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}, {python}"

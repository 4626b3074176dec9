"""Repositories opened by file URL, and what they answer that do not."""

from collections.abc import Awaitable, Callable

import pytest

from controller.adapters.git import GitRepository

Open = Callable[..., GitRepository]


async def message(asked: Awaitable[object], kind: type[Exception]) -> str:
    """What an error of just this kind says."""
    with pytest.raises(kind) as raised:
        await asked
    assert type(raised.value) is kind
    return str(raised.value)

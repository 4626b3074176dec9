"""Talks to a program through its pipes, until it has nothing more to say."""

import os
import select
import selectors
import subprocess
import time
from typing import IO, cast

#: So much of what it complains of is kept, its end.
_COMPLAINT = 2_000

_CHUNK = 1 << 16


class TooLong(Exception):
    """Git took longer than it may, and was ended."""


class TooMuch(Exception):
    """Git said more than it may, and was ended."""


def talk(process: subprocess.Popen[bytes], until: float, most: int, given: bytes = b"") -> tuple[bytes, str]:
    """Everything that it says when it is given that, and the end of what it complains of."""
    said, complained = bytearray(), bytearray()
    with selectors.DefaultSelector() as selector:
        for stream, kept in ((process.stdout, said), (process.stderr, complained)):
            if stream:
                selector.register(stream, selectors.EVENT_READ, kept)
        if process.stdin and not process.stdin.closed:
            selector.register(process.stdin, selectors.EVENT_WRITE, memoryview(given))
        while selector.get_map():
            left = until - time.monotonic()
            if left <= 0:
                raise TooLong
            for key, _ in selector.select(left):
                _give(selector, key) if key.fileobj is process.stdin else _hear(selector, key)
            if len(said) > most:
                raise TooMuch
            del complained[:-_COMPLAINT]
    return bytes(said), complained.decode(errors="replace")


def _hear(selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
    chunk = os.read(key.fd, _CHUNK)
    key.data.extend(chunk)
    if not chunk:
        selector.unregister(key.fileobj)


def _give(selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
    """As much as goes into the pipe for sure; nothing more to one that reads no more."""
    try:
        written = os.write(key.fd, key.data[: select.PIPE_BUF])
    except BrokenPipeError:
        written = len(key.data)
    left = key.data[written:]
    if left:
        selector.modify(key.fileobj, selectors.EVENT_WRITE, left)
    else:
        selector.unregister(key.fileobj)
        cast("IO[bytes]", key.fileobj).close()

"""Logs: one line a record, JSON or text, and no secret in any of them."""

import logging
import re
import sys
from typing import TextIO

from pythonjsonlogger.json import JsonFormatter

_URL_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")
_TEXT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"


class Redactor:
    """Blots out credentials in URLs, and every secret that it was shown."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()

    def learn(self, *secrets: str) -> None:
        """Never let these be seen; texts too short to be told from words are left alone."""
        self._secrets.update(secret for secret in secrets if len(secret) >= _SHORTEST)

    def __call__(self, text: str) -> str:
        """The text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return _URL_CREDENTIALS.sub("…@", text)


_SHORTEST = 6

#: The process's own. Secrets are shown to it when they are read.
redact = Redactor()


class _Redacting:
    """Formats, then redacts: tracebacks and arguments too."""

    def __init__(self, formatter: logging.Formatter) -> None:
        self._formatter = formatter

    def format(self, record: logging.LogRecord) -> str:
        return redact(self._formatter.format(record))


def set_up(level: str, form: str, stream: TextIO = sys.stderr) -> None:
    """Log to *stream*: *form* is json or text; an empty one means text on a terminal and json elsewhere."""
    text = form == "text" or (not form and stream.isatty())
    formatter = (
        logging.Formatter(_TEXT)
        if text
        else JsonFormatter(
            "%(asctime)s %(levelname)s %(name)s %(message)s",
            rename_fields={"asctime": "ts", "levelname": "level", "name": "logger", "message": "msg"},
        )
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Redacting(formatter))  # type: ignore[arg-type]  # format() is all that is asked of it
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("httpx", "httpcore", "git", "kopf", "aiohttp.access"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    # It warns that it leaves signals alone, which is what is wanted of it.
    logging.getLogger("kopf._core.reactor.running").setLevel(logging.ERROR)

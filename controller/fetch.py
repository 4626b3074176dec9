"""One document over HTTP, within limits."""

import asyncio
from dataclasses import dataclass

import httpx

from controller.ports import Unavailable


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest body, in bytes and unpacked, and how many seconds all of it may take."""

    size: int
    seconds: float


async def fetch(http: httpx.AsyncClient, url: str, who: str, limits: Limits) -> bytes:
    """What the URL answers. `Unavailable` begins with *who* and says what was found instead."""
    try:
        async with asyncio.timeout(limits.seconds), http.stream("GET", url) as answer:
            if answer.status_code != httpx.codes.OK:
                wait = _seconds(answer.headers.get("Retry-After", ""))
                raise Unavailable(f"{who} answered {answer.status_code}, expected 200", wait)
            return await _body(answer, who, limits.size)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unavailable(f"{who} does not answer: {str(error) or type(error).__name__}") from error
    except TimeoutError as error:
        raise Unavailable(f"{who} does not end its answer within {limits.seconds:.0f} s") from error


async def _body(answer: httpx.Response, who: str, size: int) -> bytes:
    body = bytearray()
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > size:
            raise Unavailable(f"{who} answered with more than {size} bytes")
    return bytes(body)


def _seconds(retry_after: str) -> float:
    return float(retry_after) if retry_after.isdecimal() else 0.0

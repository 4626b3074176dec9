"""Passing a webhook on to the process that holds the Lease."""

import logging
from collections.abc import Mapping

from aiohttp import ClientError, ClientSession, ClientTimeout
from yarl import URL

log = logging.getLogger(__name__)

#: Seconds that the holder gets for its answer.
PATIENCE = 5.0

#: The header that says: already passed on once, and not to be passed on again.
FORWARDED = "Pomona-Forwarded"


async def forward(
    session: ClientSession, holder: str, path: str, body: bytes, headers: Mapping[str, str]
) -> int | None:
    """POST to *path*, as it was encoded, at the *holder*'s address: its status, None when it does not answer.

    Neither path nor body can be seen in a log: the path holds a token.
    """
    try:
        async with session.post(
            URL(f"{holder}{path}", encoded=True),
            data=body,
            headers={**headers, FORWARDED: "1"},
            allow_redirects=False,
            timeout=ClientTimeout(PATIENCE),
        ) as answer:
            return answer.status
    except (ClientError, TimeoutError, ValueError) as error:
        log.debug("the holder at %s does not answer: %s", holder, type(error).__name__)
        return None

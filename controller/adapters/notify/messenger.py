"""Posts notifications to one URL."""

import asyncio
import hashlib
import hmac
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx

from controller.adapters.notify.messages import body
from controller.objects import Notification
from controller.ports import Rejected, Unavailable
from controller.retry_after import asked_to_wait

_TIMEOUT = httpx.Timeout(10.0, connect=5.0)

#: Seconds for one delivery, whatever the other side does.
PATIENCE = 15.0

#: So much of what a refusal says is read: it is for a person.
_READ = 200


class WebhookMessenger:
    """The `Messenger` of one receiver. Redirects are not followed: they could lead anywhere."""

    def __init__(self, http: httpx.AsyncClient, type_: str, url: str, hmac_key: str, patience: float) -> None:
        self._http = http
        self._type = type_
        self._url = url
        self._hmac_key = hmac_key
        self._patience = patience

    async def deliver(self, notification: Notification) -> None:
        """Post it once. No error names the URL, which is a secret."""
        content = body(self._type, notification)
        headers = {"Content-Type": "application/json"}
        if self._hmac_key:
            headers["X-Signature"] = f"sha256={_signature(self._hmac_key, content)}"
        try:
            async with asyncio.timeout(self._patience):
                await self._post(content, headers)
        except (httpx.HTTPError, TimeoutError) as error:
            raise Unavailable(f"it does not answer: {_why(error)}") from error

    async def close(self) -> None:
        """Leave no connection open."""
        await self._http.aclose()

    async def _post(self, content: bytes, headers: Mapping[str, str]) -> None:
        async with self._http.stream("POST", self._url, content=content, headers=headers) as answer:
            if answer.is_success:
                return
            said = await _beginning(answer)
            message = f"it answered {answer.status_code}" + (f": {said}" if said else "")
            if answer.status_code == 429 or answer.status_code >= 500:
                raise Unavailable(message, asked_to_wait(answer.headers, datetime.now(UTC)))
            raise Rejected(message)


def connect(type_: str, name: str, secret: Mapping[str, str], patience: float = PATIENCE) -> WebhookMessenger:
    """The messenger of a receiver with the entries of its Secret *name*. `Rejected` says what is wrong."""
    url = secret.get("url", "").strip()
    if not _is_safe(url):
        expected = "expected an https URL; http is only for this very machine"
        raise Rejected(f"Secret {name}: the entry url is {'another' if url else 'missing'}; {expected}")
    headers = {"User-Agent": "pomona"}
    generic = type_ == "generic"
    if generic and secret.get("token"):
        headers["Authorization"] = f"Bearer {secret['token'].strip()}"
    try:
        verify = ssl.create_default_context(cadata=secret.get("ca.crt") or None)
    except (ssl.SSLError, ValueError) as error:
        raise Rejected(f"Secret {name}: ca.crt: {error}; expected certificates as PEM") from error
    http = httpx.AsyncClient(verify=verify, timeout=_TIMEOUT, headers=headers, follow_redirects=False)
    return WebhookMessenger(http, type_, url, secret.get("hmacKey", "") if generic else "", patience)


def _is_safe(url: str) -> bool:
    """Is it https, or does nobody else see it?"""
    try:
        parts = urlsplit(url)
        httpx.URL(url)
    except (ValueError, httpx.InvalidURL):
        return False
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or ""))
    )


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def _signature(key: str, content: bytes) -> str:
    return hmac.new(key.encode(), content, hashlib.sha256).hexdigest()


async def _beginning(answer: httpx.Response) -> str:
    """The beginning of what it said, on one line."""
    async for part in answer.aiter_bytes(_READ):
        return " ".join(part[:_READ].decode(errors="replace").split())
    return ""


def _why(error: Exception) -> str:
    return str(error) or type(error).__name__

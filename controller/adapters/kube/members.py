"""Devices as the API server sends them, made into `Member`s that share what they have in common."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from sys import intern
from typing import Any

import msgspec

from controller.adapters.kube.wire import RawDevice
from controller.domain.devices import Device, Labels
from controller.domain.facts import Facts, parse_facts
from controller.objects import Member

#: How many different sets of labels are remembered in order to be shared.
_SHARED = 20_000

_log = logging.getLogger(__name__)


class Reader:
    """Makes `Member`s. Ten thousand devices carry few different labels, builds and models: kept once each."""

    def __init__(self) -> None:
        self._labels: dict[Labels, Labels] = {}
        self._unreadable: set[str] = set()

    def read(self, raw: RawDevice) -> Member | None:
        """None for a Device that the schema should not have let through; it is named in the log, once."""
        try:
            return self._member(raw)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            self._complain(f"{raw.metadata.namespace}/{raw.metadata.name}", error)
            return None

    def _member(self, raw: RawDevice) -> Member:
        meta = raw.metadata
        spec, status = bytes(raw.spec), bytes(raw.status)
        created = meta.creation_timestamp
        if created is None:
            raise ValueError("metadata.creationTimestamp is missing")
        device = Device.parse(intern(meta.name), created, {}, msgspec.json.decode(spec))
        return Member(
            replace(device, labels=self._share(meta.labels)),
            _facts(msgspec.json.decode(status)),
            meta.uid,
            meta.annotations,
            spec,
            status,
        )

    def _share(self, labels: Mapping[str, str]) -> Labels:
        if len(self._labels) > _SHARED:
            self._labels.clear()
        value = frozenset((intern(key), intern(text)) for key, text in labels.items())
        return self._labels.setdefault(value, value)

    def _complain(self, device: str, error: Exception) -> None:
        if device not in self._unreadable:
            self._unreadable.add(device)
            _log.warning("Device %s cannot be read and is left alone: %s", device, error)


def _facts(status: Mapping[str, Any]) -> Facts | None:
    reported = status.get("reported", {})
    return parse_facts({key: intern(v) if isinstance(v, str) else v for key, v in reported.items()})

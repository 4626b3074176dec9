"""NanoHUB (NanoMDM with KMFDDM): what the `Mdm` port asks, over its HTTP API."""

from controller.adapters.nanohub.mdm import NanoHub, connect
from controller.adapters.nanohub.webhook import parse_event

__all__ = ["NanoHub", "connect", "parse_event"]

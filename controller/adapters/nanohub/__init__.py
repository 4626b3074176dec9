"""NanoHUB (NanoMDM with KMFDDM): what the `Mdm` port asks, over its HTTP API."""

from controller.adapters.nanohub.mdm import NanoHub, connect

__all__ = ["NanoHub", "connect"]

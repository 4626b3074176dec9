"""Manifests from files, judged as far as that goes without an API server."""

from controller.adapters.manifests.reader import ManifestReader

__all__ = ["ManifestReader"]

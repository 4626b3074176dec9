"""Where the API server is and how to be let in, as the `kubernetes` package reads it."""

import os
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

import yaml

from controller.ports import Rejected, Unavailable

#: What the package raises on a file that is no kubeconfig.
_UNREADABLE = (yaml.YAMLError, OSError, TypeError, ValueError, KeyError, AttributeError)

_POD_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach one API server.

    *authorization* gives the value of the header, renewed where it expires; it may block, and raise
    `Unavailable`. *namespace* is the home: the pod's own, else the context's, else `default`. The files are
    the authority that the server's certificate is from, and our own certificate and its key.
    """

    url: str
    namespace: str
    authorization: Callable[[], str] = field(repr=False)
    ca_file: str = ""
    insecure: bool = False
    certificate: str = ""
    key: str = ""
    server_name: str = ""
    proxy: str = field(default="", repr=False)

    def tls(self) -> ssl.SSLContext:
        """How to know the server, and to be known by it."""
        context = ssl.create_default_context(cafile=self.ca_file or None)
        if self.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if self.certificate:
            context.load_cert_chain(self.certificate, self.key or None)
        return context


def read_access(kubeconfig: str | None = None, context: str | None = None) -> Access:
    """Read a kubeconfig: the one given, else KUBECONFIG's, else the default one; without any, be the pod.

    `Rejected` says what is wrong with it.
    """
    # Imported here because it costs half a second and 30 MB, which most commands never need.
    from kubernetes import client, config

    configuration: Any = client.Configuration()
    try:
        if kubeconfig or context or _has_kubeconfig(config.KUBE_CONFIG_DEFAULT_LOCATION):
            config.load_kube_config(  # type: ignore[no-untyped-call]
                kubeconfig, context, configuration, persist_config=False
            )
            namespace = _context_namespace(config, kubeconfig, context)
        else:
            config.load_incluster_config(configuration)  # type: ignore[no-untyped-call]
            namespace = _POD_NAMESPACE.read_text().strip()
    except _UNREADABLE as error:
        found = " ".join(str(error).split())
        raise Rejected(f"no access to an API server: the kubeconfig cannot be read: {found}") from error
    except config.ConfigException as error:
        raise Rejected(f"no access to an API server: {error}") from error
    return _access(configuration, namespace)


def _has_kubeconfig(locations: str) -> bool:
    return any(Path(location).expanduser().is_file() for location in locations.split(os.pathsep))


def _context_namespace(config: Any, kubeconfig: str | None, context: str | None) -> str:
    contexts, active = config.list_kube_config_contexts(kubeconfig)
    chosen = next((c for c in contexts if c["name"] == context), active)
    return str(chosen["context"].get("namespace") or "default")


def _access(configuration: Any, namespace: str) -> Access:
    return Access(
        configuration.host,
        namespace,
        lambda: _authorization(configuration),
        configuration.ssl_ca_cert or "",
        not configuration.verify_ssl,
        configuration.cert_file or "",
        configuration.key_file or "",
        configuration.tls_server_name or "",
        _proxy(configuration),
    )


def _authorization(configuration: Any) -> str:
    from kubernetes.config import ConfigException

    try:
        return str(configuration.get_api_key_with_prefix("BearerToken") or "").strip()
    except (ConfigException, OSError) as error:
        raise Unavailable(f"the credentials for the API server cannot be renewed: {error}") from error


def _proxy(configuration: Any) -> str:
    # As kubectl does, no proxy for this machine itself.
    direct = f"localhost,127.0.0.1,::1,{configuration.no_proxy or ''}"
    host = urlsplit(configuration.host).hostname or ""
    return "" if proxy_bypass_environment(host, {"no": direct}) else configuration.proxy or ""

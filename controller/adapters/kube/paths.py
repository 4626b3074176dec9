"""Where things are on the API server, and who writes them."""

from urllib.parse import quote

#: Who writes, in the API server's record of who owns which field.
MANAGER = "pomona"

#: Who makes Devices of the MDM's enrollments: apart from what Git brings, so that each can give up its own.
REGISTRAR = "pomona-registration"

API_VERSION = "pomona.dev/v1alpha1"

GROUP = f"/apis/{API_VERSION}"

#: The kinds of ours, and what they are called in a path.
PLURALS = {"Fleet": "fleets", "UpdatePolicy": "updatepolicies", "Device": "devices"}


def collection(kind: str, namespace: str) -> str:
    """All objects of a kind in one namespace; in all of them where *namespace* is empty."""
    within = f"/namespaces/{quote(namespace, safe='')}" if namespace else ""
    return f"{GROUP}{within}/{PLURALS[kind]}"


def single(kind: str, namespace: str, name: str) -> str:
    """One object."""
    return f"{collection(kind, namespace)}/{quote(name, safe='')}"


def core(plural: str, namespace: str, name: str) -> str:
    """One object of Kubernetes' own, such as a Secret."""
    return f"{core_collection(plural, namespace)}/{quote(name, safe='')}"


def core_collection(plural: str, namespace: str) -> str:
    """All objects of one of Kubernetes' own kinds in one namespace."""
    return f"/api/v1/namespaces/{quote(namespace, safe='')}/{plural}"

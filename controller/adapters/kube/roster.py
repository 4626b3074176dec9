"""All Devices as last heard, by namespace and name; what is newer is never overwritten by what is older."""

from collections.abc import Callable, Mapping

from controller.adapters.kube.members import Reader
from controller.adapters.kube.wire import RawDevice
from controller.objects import Member


class Roster:
    """The Devices of one scope. Calls *changed* with a namespace when one of its Devices is another one now.

    A change of status alone is none: it is our own doing. *reached* is the resourceVersion up to which the
    API server has told everything.
    """

    def __init__(self, changed: Callable[[str], None]) -> None:
        self.reached = 0
        self._changed = changed
        self._reader = Reader()
        self._members: dict[str, dict[str, Member]] = {}
        self._versions: dict[tuple[str, str], int] = {}

    def members(self, namespace: str) -> Mapping[str, Member]:
        """Those of one namespace by name, as they are at this moment."""
        return self._members.get(namespace, {}).copy()

    def put(self, raw: RawDevice) -> None:
        """Take in what the API server sent, unless something newer is known.

        A Device that is being deleted is gone already; one that cannot be read any more stays as it was.
        """
        meta = raw.metadata
        key, version = (meta.namespace, meta.name), int(meta.resource_version)
        if version <= self._versions.get(key, 0):
            return
        if meta.deletion_timestamp is not None:
            self.drop(raw)
            return
        member = self._reader.read(raw)
        if member is None:
            return
        self._versions[key] = version
        self._set(meta.namespace, member)

    def put_written(self, raw: RawDevice) -> None:
        """Take in the answer to a write of ours, which may come after the Device has gone."""
        meta = raw.metadata
        if (meta.namespace, meta.name) in self._versions or int(meta.resource_version) > self.reached:
            self.put(raw)

    def drop(self, raw: RawDevice) -> None:
        """Forget a Device that is gone, unless it has come back since."""
        meta = raw.metadata
        if self._versions.get((meta.namespace, meta.name), 0) <= int(meta.resource_version):
            self._forget(meta.namespace, meta.name)

    def sweep(self, seen: set[tuple[str, str]], version: int) -> None:
        """Forget what was not in a list of that resourceVersion and is not newer."""
        gone = [key for key, known in self._versions.items() if key not in seen and known <= version]
        for namespace, name in gone:
            self._forget(namespace, name)

    def _set(self, namespace: str, member: Member) -> None:
        members = self._members.setdefault(namespace, {})
        before = members.get(member.device.name)
        members[member.device.name] = member
        if before is None or (before.device, before.annotations) != (member.device, member.annotations):
            self._changed(namespace)

    def _forget(self, namespace: str, name: str) -> None:
        if self._versions.pop((namespace, name), None) is not None:
            del self._members[namespace][name]
            self._changed(namespace)

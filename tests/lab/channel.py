"""Who speaks to the MDM. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Channel:
    """Who speaks to the MDM: a device, or one of its users.

    *device* is its UDID, or where its user enrolled it, an id of that enrollment alone.
    """

    device: str
    user_enrolled: bool = False
    user_id: str = ""
    user_name: str = ""

    @property
    def enrollment(self) -> str:
        """How NanoHUB calls it."""
        return f"{self.device}:{self.user_id}" if self.user_id else self.device

    @property
    def names(self) -> dict[str, str]:
        """How it calls itself."""
        device = {"EnrollmentID" if self.user_enrolled else "UDID": self.device}
        return device | ({"UserID": self.user_id, "UserShortName": self.user_name} if self.user_id else {})


#: A text is the UDID of a device that speaks for itself.
Sender = str | Channel


def channel_of(sender: Sender) -> Channel:
    """Who that is."""
    return sender if isinstance(sender, Channel) else Channel(sender)

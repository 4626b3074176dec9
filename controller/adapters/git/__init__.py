"""Git repositories, read without ever trusting them."""

from controller.adapters.git.access import Credentials
from controller.adapters.git.command import Limits
from controller.adapters.git.refs import parse_ref
from controller.adapters.git.repository import GitRepository, Origin
from controller.adapters.git.signers import Signers, read_signers

__all__ = ["Credentials", "GitRepository", "Limits", "Origin", "Signers", "parse_ref", "read_signers"]

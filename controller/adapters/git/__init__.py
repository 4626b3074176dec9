"""Git repositories, read without ever trusting them."""

from controller.adapters.git.access import Credentials
from controller.adapters.git.command import Limits
from controller.adapters.git.repository import GitRepository

__all__ = ["Credentials", "GitRepository", "Limits"]

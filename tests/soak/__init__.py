"""A compressed month on real parts: every behaviour of devices at once, and what must be true all along."""

"""Bad days: what goes wrong around the operator, and what becomes of the devices."""

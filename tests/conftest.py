"""For all tests: properties are judged by what they find, not by how long a shared machine takes."""

from hypothesis import HealthCheck, settings

settings.register_profile("pomona", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("pomona")

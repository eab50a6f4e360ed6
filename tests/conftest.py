"""Settings of every test: a property is judged by what it finds, not by how long a loaded machine takes."""

from hypothesis import settings

settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

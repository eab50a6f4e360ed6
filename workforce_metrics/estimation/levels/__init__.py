"""Which level of an organisation the differences between people belong to, and how far its members agree."""

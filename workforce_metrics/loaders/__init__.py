"""Files to extracts: the only room that opens a user's data file."""

"""Whether the items of a scale hang together, and whether respondents read them."""

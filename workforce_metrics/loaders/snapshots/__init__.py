"""Staff-in-post snapshots to a register of spells."""

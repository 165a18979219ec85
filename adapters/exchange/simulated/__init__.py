"""A venue that exists only here: its core is deterministic and does no I/O."""

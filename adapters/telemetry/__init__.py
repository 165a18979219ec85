"""Numbers about the run, kept in memory and exposed as text."""

"""The tamper-evident record of what was decided."""

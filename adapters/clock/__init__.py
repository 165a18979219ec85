"""Clocks: that of the system."""

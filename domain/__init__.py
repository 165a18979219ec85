"""The pure trading desk: standard library only, no I/O, no clock, no randomness."""

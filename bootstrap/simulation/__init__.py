"""The simulation: the real application in a seeded world that tries to break it."""

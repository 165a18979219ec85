"""What the desk makes known beyond its own process: typed events, one registry of them."""

"""How fast the house is, measured side by side with others in one run; see `__main__`."""

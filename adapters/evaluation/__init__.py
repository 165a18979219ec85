"""Honest evaluation: what votes would have earned after all costs, and how sure that is."""

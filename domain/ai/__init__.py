"""Predictions and how they become one opinion."""

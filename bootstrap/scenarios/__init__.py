"""Scenarios: stories that anyone can play through the whole daemon, and what each must show."""

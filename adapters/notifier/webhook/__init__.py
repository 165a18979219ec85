"""Alerts by webhook: Discord, Slack, and whoever takes JSON."""

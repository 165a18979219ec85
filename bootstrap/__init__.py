"""Joins ports to adapters: settings, container, lifecycle, command line."""

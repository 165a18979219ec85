"""Reinforcement learning as bounded advice: it may make an entry smaller, never larger."""

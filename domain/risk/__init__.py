"""What may not happen: gates, the judgment of them all, the emergency stop."""

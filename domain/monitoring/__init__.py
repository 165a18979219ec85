"""What is watched: drawdown, streaks, performance."""

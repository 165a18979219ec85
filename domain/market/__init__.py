"""What is known of a market: instruments, bars, data quality, regime, costs."""

"""Pages a person can look at."""

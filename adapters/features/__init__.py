"""One definition of features and analytics, for whole columns and bar by bar."""

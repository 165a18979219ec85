"""What must survive: the journal."""

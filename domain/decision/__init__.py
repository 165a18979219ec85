"""The desk: one pure step from what is heard to what is said and asked."""

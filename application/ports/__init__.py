"""What the desk needs of the world, one small Protocol a file."""

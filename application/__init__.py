"""The use cases around the desk, and the ports through which they reach the world."""

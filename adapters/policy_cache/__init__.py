"""Where policies are remembered for when their store cannot be asked."""

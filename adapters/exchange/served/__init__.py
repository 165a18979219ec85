"""The simulated venue beyond a real socket: its server, and the client that a desk trades by."""

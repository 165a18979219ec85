"""The outside world: each adapter knows one port and one library."""

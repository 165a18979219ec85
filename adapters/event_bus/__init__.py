"""Event buses: in process, and Redis Streams with a disk to fall back on."""

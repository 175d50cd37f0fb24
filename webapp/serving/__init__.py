"""The HTTP servers and websockets of both async modes, and what they are hardened against; one concern a file."""

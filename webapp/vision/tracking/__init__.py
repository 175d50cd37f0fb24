"""Tracking: faces along one stream, with steady boxes and voted labels."""

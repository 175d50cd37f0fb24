"""Hints: what tells a worker that a video waits, sooner than its next glance at the table."""

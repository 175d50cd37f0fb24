"""Counts of the door page on their way to the one receiver that the settings name: `POST /api/v1/door/counts`."""

"""Video files: read, probe, annotate and write."""

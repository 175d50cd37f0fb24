"""The commands of `python -m webapp` besides serving."""

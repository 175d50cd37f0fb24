"""Helper processes: environment, limits, confinement and use of memory."""

"""Videos: upload, jobs, annotation, results."""

"""Labelled photos: COCO and manifest files, pictures on disk, near-duplicates, splits, leakage, and what could not be used."""

"""Labelled photos: COCO and manifest files, image files, near-duplicates, splits, leakage, problems."""

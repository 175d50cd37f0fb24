"""Readers of label files, a format each: they tell what stands there; `label.py` judges it."""

"""Mask Mirror's web app: live camera, photos and films, seen by one pipeline."""

__version__ = "0.2.0"

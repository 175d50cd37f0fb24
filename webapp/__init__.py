"""Mask Mirror's web app: live camera, photos and videos, seen by one pipeline."""

__version__ = "0.1.0"

"""Mask Mirror's web app: live camera, photos and videos through one pipeline."""

__version__ = "0.2.0"

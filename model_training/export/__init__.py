"""Shared by all exports: LiteRT files, model cards, options."""

"""What every export shares: LiteRT files, model cards, options."""

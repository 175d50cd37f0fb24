"""The log of every process: text or JSON Lines."""

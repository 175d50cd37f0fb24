"""The multi-face detector: network, training, evaluation, export."""

"""The single-face localizer: network, training, evaluation, export."""

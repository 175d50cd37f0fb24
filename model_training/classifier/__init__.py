"""The mask classifier: network, training, evaluation, export."""

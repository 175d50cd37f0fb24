"""One network a file; Keras 3 without backend-specific calls, so that every backend can train them."""

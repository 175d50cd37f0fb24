"""Compare answers with labelled photos: pure numpy, except for what reads files and asks the app or a model."""

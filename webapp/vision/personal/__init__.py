"""A visitor's own classifier: a softmax regression on features of the crop classifier, fitted to a few crops."""

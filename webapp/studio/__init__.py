"""The page /train: a collection comes as a ZIP, a job trains a network of it, the visitor uses it in the mirror."""

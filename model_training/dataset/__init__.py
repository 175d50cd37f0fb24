"""What the stages before training share: the manifest, pictures, near-copies, splits, and the list of problems."""

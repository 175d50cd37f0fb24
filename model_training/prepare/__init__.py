"""Stages before training: collect pictures, label them, split them, cut crops, augment; one stage a file."""

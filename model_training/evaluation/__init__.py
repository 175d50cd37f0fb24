"""Compare predictions with ground truth: matching, metrics, bootstrap intervals, slices, reliability, Grad-CAM."""

"""Label files of six formats: one reader a format, then names, boxes and pictures are validated."""

"""A page that shows where the app fails: one file without scripts, to be opened, kept or sent."""

"""Report pages: one HTML file without scripts, with tables, plots and contact sheets."""

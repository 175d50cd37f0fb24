"""The HTML pages, what they are made of, and what the installed page and the device need."""

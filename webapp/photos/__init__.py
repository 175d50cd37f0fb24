"""Photos: `POST /api/v1/detect`, and the process that decodes them."""

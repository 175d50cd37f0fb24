"""Live camera: the frame event, and the websockets it travels on."""

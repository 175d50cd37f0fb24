"""Close-ups, pictures of one face near the camera: their windows and crops, and the accuracy of the app on them."""

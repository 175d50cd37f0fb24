"""`make load`: a swarm of Socket.IO clients against the real server. Nothing here is a test."""

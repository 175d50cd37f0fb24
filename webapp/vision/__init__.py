"""The pure core: numpy, OpenCV, LiteRT and PyAV in, arrays out. No Flask, no environment, no globals."""

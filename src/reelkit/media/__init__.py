"""Image and video files: read, write, name and keep them, each whole or not at all."""

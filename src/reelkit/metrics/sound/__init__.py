"""What a film sounds like: loudness, closeness to real sound, rhythm, words and voices."""

"""FilmWeaver: autoregressive film diffusion over a shot cache (across cuts) and a temporal cache (inside a shot)."""

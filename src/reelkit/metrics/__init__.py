"""What `reel score` computes: descriptions in `registry`, arithmetic on arrays in one file a family."""

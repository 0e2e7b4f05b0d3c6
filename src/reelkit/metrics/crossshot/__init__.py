"""Across the cuts: how alike the shots of a story are (ST-Bench), and whether cuts fall where they were asked for (HoloCine)."""

"""Screenplays: Fountain in, scenes and shots out."""

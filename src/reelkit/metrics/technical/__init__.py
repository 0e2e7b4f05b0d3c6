"""Measures of the file itself, without a network."""

"""Measurements of reelkit, run from the repository; nothing here is part of the package."""

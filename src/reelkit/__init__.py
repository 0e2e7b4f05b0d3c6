"""reelkit: from a screenplay to a finished multi-shot film, as Unix tools, and measurements of what was made."""

__version__ = "0.1.0"

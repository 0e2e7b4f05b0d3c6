"""What a user may choose about a report."""

from __future__ import annotations

import msgspec

MEBI = 1 << 20


class ReportOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of the page, and how its statistics are drawn."""

    clip_bytes: int = 40 * MEBI
    """Clips are embedded while those of all runs together are no larger; beyond it the page links to the files."""
    poster_pixels: int = 320
    """Width of a still."""
    most_shots: int = 400
    """Shots with pictures and bars on the page, those of the runs laid over one another; statistics use all."""
    most_rows: int = 2000
    """Rows of a table of scores."""
    most_matrix: int = 40
    """Shots of one similarity matrix."""
    most_matrices: int = 60
    """Similarity matrices on the page."""
    resamples: int = 5000
    """Bootstrap resamples behind an interval, and random sign patterns where all would be too many."""
    seed: int = 0
    """Of the resampling: the same runs give the same page."""
    title: str = ""
    """Heading of the page; without it the movies' titles."""

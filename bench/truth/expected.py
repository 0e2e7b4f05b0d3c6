"""Which way each metric ought to go for what was done to a film; written down before anything was measured."""

from __future__ import annotations

from typing import Literal

Way = Literal["up", "down", "same"]

EXPECTED: dict[str, dict[str, Way]] = {
    "all_consistency": {"foreign_shots": "down", "people": "down", "clothes": "down", "repeated_take": "up", "reordered": "same"},
    "character_consistency": {"people": "down", "clothes": "down", "foreign_shots": "down", "pasted_portrait": "up"},
    "all_alignment": {"wrong_prompt": "down", "foreign_shots": "down", "drop": "down"},
    "character_alignment": {"people": "down", "clothes": "down", "foreign_shots": "down", "drop": "down"},
    "copy_paste_rate": {"pasted_portrait": "up", "reordered": "same"},
    "duration_error": {"short": "up", "freeze": "same"},
    "blank_frames": {"black": "up", "contrast_ramp": "same"},
    "frozen_frames": {"freeze": "up", "judder": "up", "noise": "same"},
    "cut_inside": {"cut": "up", "flash": "same", "colour_step": "same", "shuffled_frames": "up"},
    "colour_drift": {"colour_ramp": "up", "colour_step": "up", "noise": "same", "cut": "up"},
    "contrast_drift": {"contrast_ramp": "up", "colour_ramp": "same", "cut": "up"},
    "join_step": {"colour_step": "up", "colour_ramp": "same", "cut": "up"},
    "frozen_motion": {"freeze": "up", "pasted_portrait": "up", "judder": "same", "noise": "same"},
    "flicker": {"flickering": "up", "colour_ramp": "same", "noise": "same"},
    "identity_lost": {"clothes_in_take": "up", "clothes": "same", "reordered": "same"},
    "duplicate_shots": {"repeated_take": "up", "clothes": "same", "reordered": "same"},
}
"""By metric, by change."""

STAND_INS: frozenset[str] = frozenset()
"""Networks that the embedded encoder stands in for: each gives an embedding of a frame."""

COSTLY: frozenset[str] = frozenset({"identity_lost"})
"""Measured only where something is expected, so that the bench stays within minutes."""

UNMEASURED: dict[str, str] = {
    "aes": "its head belongs to its own features; with random weights its direction would mean nothing",
    "incep": "its classes are a trained network's; with random weights its direction would mean nothing",
    "duplicate_takes": "it compares takes of one shot; the bench has one a shot. `duplicate_shots` is the same arithmetic",
}
"""Why a metric is not in the table."""

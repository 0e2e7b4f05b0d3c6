"""Which way each metric ought to go for what was done to a film; written down before the run; one that proved wrong stays."""

from __future__ import annotations

from typing import Literal

Way = Literal["up", "down", "same"]

ALIKE: dict[str, Way] = {"foreign_shots": "down", "people": "down", "clothes": "down", "repeated_take": "up"}
"""Of what says how alike a scene's shots are."""
KNOWN: dict[str, Way] = {"people": "down", "clothes": "down", "foreign_shots": "down", "pasted_portrait": "up"}
"""Of what says how alike a character's crops are."""
STEADY: dict[str, Way] = {"cut": "down", "clothes_in_take": "down", "flash": "down", "freeze": "up"}
"""Of what says how alike a take's frames are."""

EXPECTED: dict[str, dict[str, Way]] = {
    "all_consistency": {**ALIKE, "reordered": "same"},
    "character_consistency": KNOWN,
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
    "identity_lost": {"clothes_in_take": "up", "clothes": "same"},
    "csd_self": {"foreign_shots": "down", "repeated_take": "up", "reordered": "same"},
    "csd_cross": {"pasted_portrait": "up", "clothes": "same"},
    "cids_self": KNOWN,
    "cids_cross": KNOWN,
    "onstage_match": {"drop": "down", "extra": "down"},
    "stbench_cross_shot": {**ALIKE, "reordered": "same"},
    "stbench_cross_shot_top10": {**ALIKE, "reordered": "same"},
    "stbench_cross_shot_viclip": ALIKE,
    "stbench_cross_shot_top10_viclip": ALIKE,
    "shot_cut_accuracy": {"cut": "up", "flash": "same", "colour_step": "same"},
    "entity_presence": {"drop": "down", "people": "down"},
    "entity_consistency": KNOWN,
    "vbench_subject_consistency": STEADY,
    "vbench_background_consistency": STEADY,
    "vbench_long_subject_consistency": STEADY,
    "vbench_long_background_consistency": STEADY,
    "vbench_temporal_flickering": {"flickering": "down", "noise": "down", "freeze": "up", "blur": "same"},
    "vbench_motion_smoothness": {"judder": "down", "shuffled_frames": "down", "flickering": "down", "freeze": "up"},
    "vbench_dynamic_degree": {"pasted_portrait": "down", "freeze": "down", "shuffled_frames": "up"},
    "vbench_overall_consistency": {"wrong_prompt": "down", "foreign_shots": "down", "drop": "down"},
    "duplicate_shots": {"repeated_take": "up", "clothes": "same", "reordered": "same"},
}
"""By metric, by change."""

STAND_INS: dict[str, str] = {
    "csd": "the embedded encoder",
    "viclip": "the embedded encoder, mean over the frames",
    "dino-b16": "the embedded encoder",
    "clip-b32": "the embedded encoder",
    "amt-s": "the mean of the two neighbours",
    "raft-things": "OpenCV's DIS flow",
}
"""What stands in for which network."""

WATCHED = frozenset({"extra", "blur"})
"""Changes under which costly metrics are also watched, though nothing is expected."""
LOCATING = (
    "character_consistency", "character_alignment", "copy_paste_rate", "cids_self", "cids_cross", "onstage_match",
    "entity_presence", "entity_consistency",
)  # fmt: skip
EVERY_FRAME = (
    "vbench_subject_consistency", "vbench_background_consistency",
    "vbench_long_subject_consistency", "vbench_long_background_consistency",
)  # fmt: skip
COSTLY: dict[str, frozenset[str]] = {
    "identity_lost": frozenset(),
    **dict.fromkeys(LOCATING, frozenset[str]()),
    **dict.fromkeys(EVERY_FRAME, WATCHED),
}
"""Metrics that look for characters or at every frame with the encoder: measured only where something is expected and where
they are watched, so that the bench stays within minutes."""

UNMEASURED: dict[str, str] = {
    "aes": "its head belongs to its own features; with random weights its direction would mean nothing",
    "incep": "its classes are a trained network's; with random weights its direction would mean nothing",
    "rice_id_precision": "it compares two columns of the annotations and looks at no picture",
    "rice_id_recall": "as rice_id_precision",
    **dict.fromkeys(
        ("id_precision", "id_recall", "id_f1"),
        "they count who the recogniser of `onstage_match` finds, and the table shows that to be near chance",
    ),
    **dict.fromkeys(
        ("cml_parse", "talkcuts_iou", "talkcuts_accuracy", "talkcuts_sma"), "it reads words and plans, not pictures"
    ),
    "loudness": "the theatre is silent; tests/metrics/sound holds it to sound of known loudness",
    "loudness_range": "as loudness",
    "true_peak": "as loudness",
    "audio_video_onset": "the theatre is silent; tests/metrics/sound holds it to clicks and flashes at known times",
    "duplicate_takes": "it compares takes of one shot; the bench has one a shot. `duplicate_shots` is the same arithmetic",
}
"""Why a metric is not in the table."""

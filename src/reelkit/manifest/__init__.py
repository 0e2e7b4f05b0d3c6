"""The records and their JSONL streams: what passes through the pipe between two stages.

Imports msgspec, jsonlines and the standard library only, so a stage that does nothing starts at once.
"""

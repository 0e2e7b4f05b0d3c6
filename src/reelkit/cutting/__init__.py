"""From takes to a film: choosing, timeline, picture, sound, subtitles, encode, export to an editor."""

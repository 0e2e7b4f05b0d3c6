"""What a film's words are worth: CML-Bench's eight, whether its XML parses, and TalkCuts' plan of shots."""

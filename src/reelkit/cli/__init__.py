"""The command line: `reel VERB [OPTIONS] [MANIFEST|-]`, one file a verb, nothing heavy at module level."""

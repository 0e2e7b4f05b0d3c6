"""ViStoryBench: style and identity across shots and against the portraits, and how many stand on stage."""

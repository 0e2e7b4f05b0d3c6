"""Movie101v2: narration for people who do not see the film, judged against what a professional wrote."""

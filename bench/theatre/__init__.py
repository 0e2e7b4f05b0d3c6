"""The embedded models measured in the theatre, on scenes that training never saw: what `docs/results.md` reports."""

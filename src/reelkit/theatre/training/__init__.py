"""How the embedded models are made: `python -m reelkit.theatre.training PART --run FOLDER` trains a part, or resumes it."""

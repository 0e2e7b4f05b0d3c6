"""The theatre: an endless procedural puppet world with exact ground truth."""

"""A language or vision-language model that answers questions about text and frames: by URL, or from a folder."""

"""The model families, a file each. What stands here is found by its `pipelines`; importing it imports no torch."""

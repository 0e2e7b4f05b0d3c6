"""Distances between sets of frames or windows: Inception Score, FID, FVD and KVD."""

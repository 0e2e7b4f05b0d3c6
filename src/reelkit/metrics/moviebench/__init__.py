"""MovieBench's metrics of pictures: CLIP score, and who is on screen against who should be."""

"""VBench's eight dimensions that apply to any film, its normalisation and totals, and VBench-Long's two branches."""

"""Networks that only measuring uses, a file each; which files they need is in `networks/*.toml`. None ships."""

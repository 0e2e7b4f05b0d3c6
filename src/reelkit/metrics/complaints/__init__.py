"""What people who make films with models complain of: all reelkit's definitions, none needs weights that do not ship."""

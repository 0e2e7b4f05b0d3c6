"""The tests; a package, lest one of the same name among what is installed be taken for it."""

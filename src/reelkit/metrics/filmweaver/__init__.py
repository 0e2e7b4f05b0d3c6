"""FilmWeaver's six, and a copy-paste rate beside them."""

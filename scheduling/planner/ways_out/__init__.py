"""Ways out for people without a place: what might be changed, tried by planning it."""

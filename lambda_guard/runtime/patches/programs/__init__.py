"""How other programs that a function starts are seen, and Python ones followed."""

"""Python code, parsed and never imported: what its names stand for, and what the rules find in it."""

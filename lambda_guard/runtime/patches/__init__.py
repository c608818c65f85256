"""How calls are seen: each patch waits for its module, goes in once, and comes out again."""

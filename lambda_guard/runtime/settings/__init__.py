"""The settings: what there are, where they stand, and the immutable `Config` that they become."""

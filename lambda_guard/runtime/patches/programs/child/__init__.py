"""What a Python child loads; only `sitecustomize.py` is on its path."""

"""Everything that runs inside a function: standard library only, plus wrapt once botocore arrives."""

"""Everything that runs inside a function: standard library only, plus wrapt where others' wrappers are wrapped."""

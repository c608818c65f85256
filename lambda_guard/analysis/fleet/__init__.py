"""Real functions: onto them and off again, their settings, and what state they are in.

selection says which functions, state what is known of one, plan what is to change (pure: state in, change or refusal
out), apply does it, layers publishes, stacks tells which deployment will undo it, status compares.
"""

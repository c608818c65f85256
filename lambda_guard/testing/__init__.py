"""What the pytest plugin brings: the guard around a test, events, a context, and a policy from a suite."""

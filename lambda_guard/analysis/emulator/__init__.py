"""A guarded function in AWS's own emulator and runtime client, on this machine."""

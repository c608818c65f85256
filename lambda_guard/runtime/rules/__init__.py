"""One file per rule: pure checks that return findings and know nothing of modes."""

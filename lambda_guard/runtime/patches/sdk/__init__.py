"""How calls of AWS SDKs are seen: at their front door."""

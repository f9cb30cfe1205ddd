"""Answers worked out ahead: what flows add up to by hour and day, beside the flows, never in their place."""

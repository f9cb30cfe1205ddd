"""What changed between two windows of time, and which two those are."""

"""What Azure takes and what it refuses: one table of checks, run on everything before it leaves."""

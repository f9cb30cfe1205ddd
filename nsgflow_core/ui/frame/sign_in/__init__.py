"""The sign-in of a shared server: what it takes, the guard that every page passes, and the leave to change."""

"""The commands that fill and keep the local store: import, watch, retention, backup, history."""

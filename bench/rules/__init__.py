"""Drafts, replays, audits and exports of rules at size, and against plain loops."""

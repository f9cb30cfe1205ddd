"""The Rules page: scope, draft, replay, audit, export."""

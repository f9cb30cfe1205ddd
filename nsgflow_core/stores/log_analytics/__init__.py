"""A Log Analytics workspace: questions pushed down as KQL, only answers travel."""

"""What duckdb-kql 1.1.2 lacks of KQL, written as it would take it: rows of its tables, operators, and checks of names.

`hooks.install()` puts all of it in place, in the process that runs queries and nowhere else.
"""

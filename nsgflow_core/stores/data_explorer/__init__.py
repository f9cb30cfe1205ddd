"""A database of Azure Data Explorer or a Fabric Eventhouse: questions pushed down as KQL, only answers travel."""

"""What a database of Azure Data Explorer or a Fabric Eventhouse needs, to read flow logs by itself: one KQL script."""

"""What Log Analytics exports of the tables of Traffic Analytics: told by its content, asked in KQL where it lies."""

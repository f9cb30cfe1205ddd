"""Required ports and denials as one HTML file: what was asked and what is missing, charts, tables."""

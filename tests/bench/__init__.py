"""The programs of bench/, as far as they write what people read."""

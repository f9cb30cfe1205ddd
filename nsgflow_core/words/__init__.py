"""The field's words and numbers: every spelling a source uses, addresses, spans, bit sets. Imports nothing above."""

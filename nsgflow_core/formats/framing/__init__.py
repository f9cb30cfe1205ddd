"""Where records begin and end in the bytes of a blob, whatever the bytes are."""

"""The rules as they are, held against the draft and against what people want."""

"""Rule sets held against each other, against what people want of them, and against the traffic that they carry."""

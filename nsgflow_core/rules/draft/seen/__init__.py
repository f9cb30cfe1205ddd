"""What was seen through an NSG or subnet: distinct flows, what speaks for each, and why some become no rule."""

"""A draft under review: decisions people took, the plan against the NSG as it is, tables."""

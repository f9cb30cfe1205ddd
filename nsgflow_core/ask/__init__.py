"""What can be asked of flows: one row per column, measure and operator; filters and questions made of them."""

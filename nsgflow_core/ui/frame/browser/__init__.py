"""What only the browser itself can do: one step of its history an action, a chart that is brushed from the start."""

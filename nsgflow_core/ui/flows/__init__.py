"""What the flow pages share: drill-down, the denied steps, comparing windows."""

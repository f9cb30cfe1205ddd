"""How people say what a page shows, beside the pickers: one line, its completion, times, views kept by name."""

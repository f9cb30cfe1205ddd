"""From a source through a format into the store: importing with progress, cancel and an honest report."""

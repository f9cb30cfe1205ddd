"""What stands around every page: menu, session, link, filter bar, error boundary."""

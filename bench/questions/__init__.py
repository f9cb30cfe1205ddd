"""Questions of the pages to stores as Azure fills them: from the tables beside the flows, from the flows, and raw."""

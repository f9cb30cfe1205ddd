"""Pages as people use them, in Chromium."""

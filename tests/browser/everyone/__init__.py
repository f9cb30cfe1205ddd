"""What each page is to everyone: by keyboard, by ear, in any width, on paper."""

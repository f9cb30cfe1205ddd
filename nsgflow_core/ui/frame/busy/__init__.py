"""What goes on while a page is open: imports, and answers that are waited for."""

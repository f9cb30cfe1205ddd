"""Pictures as a page draws them: what is pointed at, the small trends of a table, and files of them."""

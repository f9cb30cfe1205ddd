"""Parts that any page may use: tables, picks, cards."""

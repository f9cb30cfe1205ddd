"""How people write filters: whole lines, quotation marks around values, moments as they are said."""

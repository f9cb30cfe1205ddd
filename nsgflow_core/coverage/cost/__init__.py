"""What flow logs cost a month: a dated table of prices, and volumes that were measured or estimated."""

"""Where drafted rules stand in the NSG: their names, their priorities, and the closing rules below them."""

"""The Coverage page: what is not logged, what follows NSG flow logs, lines that close gaps, and costs."""

"""Questions as KQL: the one writer for every store that speaks Kusto; it knows no client."""

"""KQL written for a workspace, run on the flows of the local store."""

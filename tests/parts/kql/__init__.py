"""KQL on this machine: checked by its own language service, run by an engine, and quicker than it comes."""

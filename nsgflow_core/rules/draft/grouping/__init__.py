"""What stands for what was seen: a subnet or a group for its hosts, a range for ports that are new every day."""

"""One address, prefix, subnet or name: who it is, what it talks to and who talks to it, what is denied, what is new."""

"""How a command speaks: the one way out, tables for people and into files, and the last resort."""

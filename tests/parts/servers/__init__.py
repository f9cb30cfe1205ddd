"""Servers and wires that tests start in place of what is far away, sound or faulty."""

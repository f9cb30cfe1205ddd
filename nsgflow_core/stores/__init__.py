"""Where flows are kept and questions answered: one protocol, two engines."""

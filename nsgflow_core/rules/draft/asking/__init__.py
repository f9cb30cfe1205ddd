"""Asking: why traffic is set apart, which of it a person may let in, the questions, and what was answered to them."""

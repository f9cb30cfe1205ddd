"""What a draft must not open again: flows whose latest decision is a denial, and proof that no rule admits them."""

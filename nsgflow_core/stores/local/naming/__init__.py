"""What NSGs and addresses are called: worked out once for each of them, when one comes or its description changes."""

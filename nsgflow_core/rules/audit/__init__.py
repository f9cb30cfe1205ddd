"""What is wrong with a rule set: hits, and proofs that rules are shadowed, idle or too broad."""

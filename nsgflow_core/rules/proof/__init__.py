"""What speaks for a draft before anybody applies it: held-out days, the learning curve, complete logs, what closes."""

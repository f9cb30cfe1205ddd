"""What is done to a whole store: keeping so many days, a copy of it, and one store in the place of another."""

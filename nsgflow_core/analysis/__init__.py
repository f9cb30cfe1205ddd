"""Named questions: each asks a store and gives a DataFrame named for its rows."""

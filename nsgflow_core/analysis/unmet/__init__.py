"""Why a question has no answer: names that nobody has, and a window in which nothing was logged."""

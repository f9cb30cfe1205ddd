"""Coverage: what should be logged, what arrived, what is missing, what would switch it on, and what that would cost."""

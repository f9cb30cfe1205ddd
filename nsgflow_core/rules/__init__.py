"""Security rules: read them, decide with them, replay traffic against them, draft and export them."""

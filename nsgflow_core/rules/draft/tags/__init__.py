"""Service tags in a draft: which tag may stand for public addresses of a service, where it does, and who is asked."""

"""One blob on its way in: which one it is, fetched ahead, how far it was taken in, and why it could not be."""

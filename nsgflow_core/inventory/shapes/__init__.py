"""The shapes that a description of the network comes in, each brought to one form: a list of resources."""

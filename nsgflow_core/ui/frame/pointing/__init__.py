"""From a thing that somebody points at to a narrower view, and back: changes of the filter, actions, chips."""

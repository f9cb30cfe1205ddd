"""The step Draft: the dial, the questions, and the table of rules that a person decides on."""

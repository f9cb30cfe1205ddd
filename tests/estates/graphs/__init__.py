"""Networks as graphs: who meets whom on which port, over days, and how much of a later day a draft keeps."""

"""The commands of rules, from the draft and its proof to the dossier, and those about rule sets as they are."""

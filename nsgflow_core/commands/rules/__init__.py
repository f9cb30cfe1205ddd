"""The commands of rules: draft, groups, plan, dial, held-out, replay and audit."""

"""The commands of rules: draft, plan, dial, held-out, replay and audit."""

"""The bundled sample estate: made, not recorded, with its stories."""

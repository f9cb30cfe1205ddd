"""The dossier of a draft for a change board: one model of chapters, written as one HTML file and as JSON."""

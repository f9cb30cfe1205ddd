"""A DataFrame becomes a figure: the only place that imports Plotly."""

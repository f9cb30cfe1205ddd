"""Charts that are pointed at, as ECharts options in plain dictionaries; Streamlit draws them."""

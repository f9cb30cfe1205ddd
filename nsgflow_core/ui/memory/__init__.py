"""What the pages keep at hand between runs: bounded, and shared only where it may be. Knows no Streamlit."""

FROM python:3.11-slim

WORKDIR /srv/nsgflow
COPY requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt

COPY app.py ./
COPY .streamlit/config.toml .streamlit/config.toml
COPY pages pages
COPY nsgflow_core nsgflow_core
RUN useradd --create-home --uid 10001 nsgflow && mkdir -p /var/lib/nsgflow && chown nsgflow /var/lib/nsgflow

USER nsgflow
# The compiled pass is made once here, for processors like the one that builds; elsewhere at the first large import.
RUN python -c "from nsgflow_core.formats.compiled.using import compiled_pass; compiled_pass(1)"
ENV NSGFLOW_STORE=/var/lib/nsgflow/flows.duckdb
VOLUME /var/lib/nsgflow
EXPOSE 8501

# The script health check runs app.py, so that a fresh server shows every page inside the frame (docs/design.md, 6). It
# needs no sign-in and shows nothing: with one, its run ends at the guard as a stranger's does (docs/deployment.md, 3).
HEALTHCHECK --interval=30s --timeout=20s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/_stcore/script-health-check', timeout=15)"]
CMD ["streamlit", "run", "app.py", "--server.address=0.0.0.0", "--server.port=8501", "--server.headless=true"]

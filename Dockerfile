# One image for web, workers and clock: `docker compose up` runs them against PostgreSQL and Valkey.
FROM python:3.11-slim AS build
WORKDIR /slogan
RUN python -m venv /opt/slogan
COPY pyproject.toml constraints.txt README.md ./
# The libraries first: they change less often than the code. Without code, only they are installed.
RUN mkdir app jobs && touch app/__init__.py jobs/__init__.py \
    && /opt/slogan/bin/pip install --no-cache-dir --constraint constraints.txt .
# The code is run from its folder, where templates, static files and migrations lie.
RUN /opt/slogan/bin/pip uninstall --yes slogan

FROM python:3.11-slim
RUN useradd --system --uid 10001 --create-home slogan \
    && install -d -o slogan -g slogan /slogan/var
COPY --from=build /opt/slogan /opt/slogan
WORKDIR /slogan
COPY . .
ENV PATH=/opt/slogan/bin:$PATH PYTHONPATH=/slogan PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0 PORT=8000
USER slogan
VOLUME /slogan/var
EXPOSE 8000
# One process starts web, workers and clock and stops them in order on SIGTERM; a name after it runs that part alone.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ['PORT']}/health\", timeout=4)"]
CMD ["python", "-m", "app.local.supervisor"]

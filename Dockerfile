# syntax=docker/dockerfile:1
# One image for the web processes, the worker and the clock; docker-compose.yml says which is which.

FROM python:3.11-slim-bookworm AS packages
COPY --from=ghcr.io/astral-sh/uv:0.13.9 /uv /bin/uv
ENV UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_PYTHON_DOWNLOADS=never
WORKDIR /app
COPY requirements.txt ./
RUN --mount=type=cache,target=/root/.cache/uv \
    uv venv /app/.venv && uv pip sync --python /app/.venv/bin/python --require-hashes requirements.txt

FROM python:3.11-slim-bookworm AS static
WORKDIR /app
COPY --from=packages /app/.venv /app/.venv
COPY . ./
# collectstatic wants settings, not secrets: these are thrown away with this stage.
RUN DJANGO_SETTINGS_MODULE=mediabridge.settings.production \
    DJANGO_SECRET_KEY=only-for-this-build-stage \
    JWT_SECRET=$(printf '%0128d' 0) ENCRYPTION_KEY=$(printf '%064d' 0) STATIC_ROOT=/app/staticfiles \
    .venv/bin/python manage.py collectstatic --no-input

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin mediabridge
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=mediabridge.settings.production \
    STATIC_ROOT=/app/staticfiles \
    LOG_JSON=true
WORKDIR /app
COPY --from=packages /app/.venv /app/.venv
COPY --from=static /app/staticfiles /app/staticfiles
COPY manage.py ./
COPY mediabridge mediabridge
COPY accounts accounts
COPY buckets buckets
COPY files files
COPY search search
COPY restore restore
COPY templates templates
COPY static static
USER mediabridge
EXPOSE 8000
CMD ["python", "-m", "mediabridge.serving", "--bind", "0.0.0.0", "--port", "8000", "--no-server-name", \
     "--websocket-max-message-size", "65536", "--websocket-max-frame-size", "65536", "mediabridge.asgi:application"]

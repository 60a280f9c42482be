"""Logs: one line an event on stderr, as text for people or JSON for machines."""

import logging
import re
import sys
from typing import Any

import structlog

# Whoever reads the log must not be able to set somebody's password; Django names the path of every refused request.
_PASSWORD_LINK = re.compile(r"(/account/password/)[\w-]+")


def configure_logs(*, level: str, as_json: bool) -> None:
    """Sends everything logged, by us or by libraries, through one formatter to stderr."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.setLogRecordFactory(without_links)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # Celery would say of each round of beat that it came, was done, and that nothing was to be done.
    libraries = ("botocore", "boto3", "urllib3", "asyncio", "daphne.http_protocol", "django.channels.server")
    for name in (*libraries, "celery.beat", "celery.worker.strategy", "celery.app.trace"):
        logging.getLogger(name).setLevel(logging.WARNING)


def without_links(*args: Any, **more: Any) -> logging.LogRecord:
    """A log record in which the token of a password link is left out, wherever it stands."""
    record = logging.LogRecord(*args, **more)
    try:
        message = record.getMessage() if isinstance(record.msg, str) else ""
    except (TypeError, ValueError):
        return record  # Its arguments don't fit; whoever formats it says so.
    if "/account/password/" in message:
        record.msg, record.args = _PASSWORD_LINK.sub(r"\1…", message), None
    return record

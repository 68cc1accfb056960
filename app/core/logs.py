"""Log lines a person can read, without colours, boxes or the values of local variables (some are secrets)."""

import logging

import structlog

from app.core.settings import settings


def set_up() -> None:
    """Send structlog and the standard library's log to the same plain lines."""
    level = logging.getLevelNamesMapping()[settings().log_level]
    logging.basicConfig(level=max(level, logging.WARNING), format="%(name)s: %(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.dev.ConsoleRenderer(
                colors=False, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )

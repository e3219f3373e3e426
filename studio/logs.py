"""Structured logs: readable on the console, JSON lines in a rotating file, secrets removed."""

from __future__ import annotations

import logging
import re
import secrets
import sys
from logging.handlers import RotatingFileHandler
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

from studio.settings import Settings

MASK = "***"
FILE_BYTES, FILES_KEPT = 5_000_000, 5
_SECRET_NAME = re.compile(r"(key|token|password|secret|authorization|cookie)s?$", re.IGNORECASE)
_SECRET_TEXT = re.compile(
    r"(?i)\b(Bearer|Key)\s+[A-Za-z0-9._:\-]{8,}|\b(sk-|r8_|AIza|hf_)[A-Za-z0-9_\-]{8,}"
    r"|[?&][\w\-]*(?:key|token|signature|sig|secret|password|credential)=[^&\s\"']+"
    r"|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}:[0-9a-f]{16,}"
)


def configure_logs(settings: Settings) -> None:
    """Send the studio's logs to stderr (warnings and worse, unless LOG_LEVEL asks for more) and,
    all of them, to ``logs/studio.jsonl`` in the data folder.
    """
    root = logging.getLogger("studio")
    for handler in list(root.handlers):
        root.removeHandler(handler)
        handler.close()
    root.propagate = False
    root.setLevel(min(logging.INFO, _level(settings)))
    root.addHandler(_console(settings))
    root.addHandler(_file(settings))
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            remove_secrets,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.bind_contextvars(run_id=settings.run_id or f"run_{secrets.token_hex(4)}")


def remove_secrets(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Mask values whose name or shape says that they are secret."""
    return {name: _masked(name, value) for name, value in event.items()}


def close_logs() -> None:
    """Close the log file; used when the data folder is about to go away."""
    root = logging.getLogger("studio")
    for handler in list(root.handlers):
        root.removeHandler(handler)
        handler.close()


def _masked(name: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if _SECRET_NAME.search(name):
        return MASK
    if isinstance(value, dict):
        return {key: _masked(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        is_pair = len(value) == 2 and isinstance(value[0], str)  # a header, say
        named = value[0] if is_pair else ""
        return [_masked("" if index == 0 else named, each) for index, each in enumerate(value)]
    return _SECRET_TEXT.sub(MASK, str(value))


def _console(settings: Settings) -> logging.Handler:
    handler = logging.StreamHandler(sys.stderr)
    quiet = settings.log_level == "INFO"  # the default: people see progress, not log lines
    handler.setLevel(logging.WARNING if quiet else _level(settings))
    colors = sys.stderr.isatty()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(processor=structlog.dev.ConsoleRenderer(colors=colors))
    )
    return handler


class _PatientFile(RotatingFileHandler):
    """A log file that may lack lines when the disk is full: no traceback tells of that."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  (logging's name)
        """Leave the line out; what matters is told where the work is done."""


def _file(settings: Settings) -> logging.Handler:
    folder = settings.studio_data_dir / "logs"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = _PatientFile(
            folder / "studio.jsonl",
            maxBytes=FILE_BYTES,
            backupCount=FILES_KEPT,
            encoding="utf-8",
            delay=True,
        )
    except OSError:  # a folder that cannot be written is reported where the work begins
        return logging.NullHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processor=structlog.processors.JSONRenderer(ensure_ascii=False)
        )
    )
    return handler


def _level(settings: Settings) -> int:
    return logging.getLevelNamesMapping()[settings.log_level]

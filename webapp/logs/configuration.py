"""The log of every process: text, or one JSON object a line."""

from __future__ import annotations

import logging
import sys
import traceback
from types import TracebackType

from webapp.config import Settings
from webapp.logs.json_stderr import json_line, redirect_stderr

log = logging.getLogger(__name__)


def configure_logging(settings: Settings, process: str) -> None:
    """Send the log to standard error.

    Args:
        settings: `log_format` counts.
        process: name of this process in the log.
    """
    if settings.log_format == "json":
        handler = logging.StreamHandler(redirect_stderr(process))
        handler.setFormatter(JsonFormatter(process))
        sys.excepthook = _log_exception
    else:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter(f"%(asctime)s {process} %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])


class JsonFormatter(logging.Formatter):
    """Formats a record as a JSON object.

    Of an exception it gives the type and the places in the code. Its message may quote what a visitor sent.

    Args:
        process: name of this process.
    """

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        further = {}
        if record.exc_info and record.exc_info[0]:
            kind, _, at = record.exc_info
            places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(at)]
            further = {"error": kind.__name__, "trace": places}
        return json_line(self._process, record.levelname, record.name, record.getMessage(), **further)


def _log_exception(kind: type[BaseException], error: BaseException, at: TracebackType | None) -> None:
    log.critical("the process ends with an exception", exc_info=(kind, error, at))

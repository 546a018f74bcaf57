"""Structured logs: one JSON object a line, on standard error, without personal data.

A request is logged by its route (`/Q/<code>`), never by its address: addresses hold ticket codes.
"""

import logging
import sys
import time
from typing import Any

import structlog
from flask import Flask, Response, g, request


def init_logs() -> None:
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_values,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _without_values(_logger: Any, _method: str, event: Any) -> Any:
    """Of an exception only where it happened: its text may hold what somebody typed."""
    failure = event.pop("exc_info", None)
    if isinstance(failure, BaseException):
        event["failure"] = type(failure).__name__
        event["where"] = _places(failure)
    return event


def _places(failure: BaseException) -> list[str]:
    places, step = [], failure.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        places.append(f"{code.co_filename.rsplit('/', 2)[-1]}:{step.tb_lineno} {code.co_name}")
        step = step.tb_next
    return places[-8:]


def log_requests(app: Flask) -> None:
    log = structlog.get_logger()

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def tell(response: Response) -> Response:
        if request.endpoint not in ("static", "health.healthz", "health.readyz", "health.metrics"):
            log.info(
                "request",
                method=request.method,
                route=request.url_rule.rule if request.url_rule else None,
                status=response.status_code,
                ms=round(1000 * (time.perf_counter() - g.get("began", time.perf_counter())), 1),
            )
        return response

"""The web server (gunicorn, threads) and beside it the worker that runs the jobs."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from bulou.jobs import Worker

THREADS = 16
SHARED_MEMORY = "/dev/shm"  # noqa: S108 (gunicorn's heartbeat: on a slow disk workers are taken for dead)


class Server(BaseApplication):
    """gunicorn, told everything here instead of in a file."""

    def __init__(self, make_app: Callable[[], Flask], options: dict[str, Any]) -> None:
        self.make_app = make_app
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self.make_app()


def run_server(
    make_app: Callable[[], Flask], *, host: str, port: int, processes: int, ready: Callable[[], None]
) -> None:
    """Serve until told to stop. `ready` runs once, when the port is open."""
    jobs = JobsProcess()

    def when_ready(_server: object) -> None:
        jobs.start()
        ready()

    options = {
        "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        "workers": processes,
        "worker_class": "gthread",
        "threads": THREADS,
        "timeout": 120,
        "graceful_timeout": 10,
        "keepalive": 65,
        "loglevel": "warning",
        "control_socket_disable": True,
        "worker_tmp_dir": SHARED_MEMORY if os.path.isdir(SHARED_MEMORY) else None,
        "when_ready": when_ready,
        "on_exit": lambda _server: jobs.stop(),
    }
    Server(make_app, options).run()


class JobsProcess:
    """`bulou work` beside the web server, begun again should it die."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._is_wanted = False

    def start(self) -> None:
        self._is_wanted = True
        threading.Thread(target=self._keep, daemon=True, name="keeps the jobs running").start()

    def _keep(self) -> None:
        while self._is_wanted:
            self._process = subprocess.Popen([*python_command(), "work", "--with-parent"], start_new_session=True)
            self._process.wait()
            if self._is_wanted:
                time.sleep(1)

    def stop(self) -> None:
        self._is_wanted = False
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()


def python_command() -> list[str]:
    """The running program once more, however it was started."""
    return [sys.executable, "-m", "app"]


def run_worker(worker: Worker, *, with_parent: bool) -> None:
    """Run the jobs until SIGTERM or SIGINT; with `with_parent` also until the parent is gone."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    parent = os.getppid()
    worker.start()
    while not stop.wait(1):
        if with_parent and os.getppid() != parent:
            break  # the web server was killed: nobody would end us
    worker.stop()

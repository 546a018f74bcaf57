"""The whole program as its users run it: the command in a process of its own, the server on a port of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BULOU = [sys.executable, "-m", "app"]
START_SECONDS = 60


class Program:
    """An installation under a folder of its own."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        keys = {"BULOU_SECRET_KEY": "11" * 32, "BULOU_DATA_KEY": "22" * 32}
        own = {"BULOU_DATA": str(folder), "BULOU_DATABASE_URL": database_url, "BULOU_BASE_URL": self.base_url}
        self.environment = {**os.environ, **own, **keys, "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)}

    def call(self, *words: str, stdin: str = "") -> str:
        """Run a command; what it printed. Fails with what it said on standard error."""
        done = self.run(*words, stdin=stdin)
        assert done.returncode == 0, f"bulou {' '.join(words)}: {done.stderr}"
        return done.stdout

    def run(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*BULOU, *words],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            cwd=self.folder,
            env=self.environment,
        )

    @contextmanager
    def serving(self) -> Iterator[None]:
        """The web application and its jobs, until the block ends."""
        log = (self.folder / "server.log").open("wb")
        words = [*BULOU, "serve", "--port", str(self.port)]
        process = subprocess.Popen(words, stdout=log, stderr=log, cwd=self.folder, env=self.environment)
        try:
            self._wait(process)
            yield
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)
            log.close()

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.base_url}/readyz", timeout=5):
                    return
            except (OSError, urllib.error.URLError):
                time.sleep(0.2)
        raise AssertionError(f"the server did not start: {self.printed()[-3000:]}")

    def printed(self) -> str:
        """What the server has said since it was started."""
        return (self.folder / "server.log").read_text()

    def api(self, token: str) -> "Api":
        return Api(self.port, token)


class Api:
    """One connection that is kept, as a phone keeps it."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self._token = token

    def send(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
            "Accept-Language": "en",
        }
        content = None if body is None else json.dumps(body)
        self._connection.request(method, f"/api/v1{path}", content, headers)
        response = self._connection.getresponse()
        return response.status, json.loads(response.read() or b"null")

    def get(self, path: str) -> Any:
        status, answer = self.send("GET", path)
        assert status == 200, answer
        return answer

    def post(self, path: str, body: Any) -> tuple[int, Any]:
        return self.send("POST", path, body)


def send_side_by_side(
    program: Program, token: str, path: str, bodies: Iterable[Any], connections: int
) -> list[tuple[int, Any]]:
    """Post all bodies over so many connections at once; the answers, in the order of the bodies."""
    waiting = list(enumerate(bodies))
    answers: dict[int, tuple[int, Any]] = {}

    def work(number: int) -> None:
        phone = program.api(token)
        for place, body in waiting[number::connections]:
            answers[place] = phone.post(path, body)

    with ThreadPoolExecutor(connections) as phones:
        list(phones.map(work, range(connections)))
    return [answers[place] for place in range(len(waiting))]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

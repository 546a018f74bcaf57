"""A server as it runs for real, and a crowd of phones that scan at it all at once."""

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).parent.parent.parent
KEY = "00" * 32


@dataclass(frozen=True)
class Reply:
    status: int
    body: Any
    seconds: float


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_server(
    database_url: str, folder: Path, *, processes: int, application: str = "app:create_app()"
) -> Iterator[tuple[int, int]]:
    """Gunicorn with threads, as `bulou serve` starts it. Gives port and process id once it answers."""
    port = free_port()
    gunicorn = [sys.executable, "-m", "gunicorn", "--worker-class=gthread", "--threads=16", "--keep-alive=65"]
    words = [f"--workers={processes}", f"--bind=127.0.0.1:{port}", "--log-level=warning", application]
    settings = {
        "BULOU_DATABASE_URL": database_url,
        "BULOU_DATA": str(folder),
        "BULOU_SECRET_KEY": KEY,
        "BULOU_DATA_KEY": KEY,
    }
    with (folder / "server.log").open("wb") as said:
        server = subprocess.Popen([*gunicorn, *words], cwd=ROOT, env=os.environ | settings, stdout=said, stderr=said)
        try:
            _wait_until_it_answers(port, server, processes)
            yield port, server.pid
        finally:
            server.terminate()
            server.wait(20)


def _wait_until_it_answers(port: int, server: subprocess.Popen[bytes], processes: int) -> None:
    """Gunicorn opens its port before its workers have loaded: several answers in a row, so that each has."""
    deadline, answers = time.monotonic() + 60, 0
    while answers < 8 * processes:
        assert server.poll() is None, "the server has ended"
        assert time.monotonic() < deadline, "the server does not answer"
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("GET", "/healthz")
            answers += connection.getresponse().status == 200
            connection.close()
        except OSError:
            time.sleep(0.1)


def scan_body(code: str, point: str, at: str) -> bytes:
    return json.dumps({"scan_id": str(uuid4()), "code": code, "point": point, "scanned_at": at}).encode()


def send_all(
    port: int, token: str, bodies: Sequence[bytes], *, connections: int, path: str = "/api/v1/scans"
) -> list[Reply]:
    """Send everything over so many connections that stay open, each taking the next one as it gets its answer."""
    waiting = list(reversed(bodies))
    replies: list[Reply] = []
    failures: list[BaseException] = []

    def phone() -> None:
        try:
            for reply in _one_after_the_other(port, token, waiting, path):
                replies.append(reply)
        except BaseException as failure:  # told by whoever waits for the threads
            failures.append(failure)

    threads = [threading.Thread(target=phone) for _connection in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert failures == []
    assert len(replies) == len(bodies)
    return replies


def _one_after_the_other(port: int, token: str, waiting: list[bytes], path: str) -> Iterator[Reply]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    while True:
        try:
            body = waiting.pop()  # atomic: no two phones take the same
        except IndexError:
            return connection.close()
        began = time.perf_counter()
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        yield Reply(answer.status, json.loads(text) if text[:1] == b"{" else None, time.perf_counter() - began)

"""Measure check-in: scans a second over the real route, CPU of each, waiting times, and the tally, beside a bare Flask view.

    make bench-checkin            SQLite and, where it is installed, PostgreSQL (both with durable commits)

The bare view answers constant JSON under the same server with as many workers, in the same run: on shared machines only
the ratio says something. Bounded: a few thousand scans, about a minute.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # run as a file, only this folder is known

from flask import Flask, Response, request
from sqlmodel import Session, col, func, select

from bulou.crypto import set_data_key
from bulou.database import Database, set_database, transaction
from bulou.migrating import migrate
from scheduling.models import RosterEntry
from tests.checkin.crowd import KEY, Reply, running_server, scan_body, send_all
from tests.checkin.factories import make_open_round, make_ticket
from tests.factories import NOON, make_token
from tests.needs import find_postgres
from tests.services import Postgres, other_user

CONNECTIONS = 12
TICK = os.sysconf("SC_CLK_TCK")


def bare() -> Flask:
    """What the real route is measured against."""
    app = Flask("bare")

    @app.post("/api/v1/scans")
    def scan() -> Response:
        request.get_data()
        return Response(b'{"outcome":"accepted"}', mimetype="application/json")

    @app.get("/healthz")
    def healthz() -> str:
        return "alive"

    return app


class DurablePostgres(Postgres):
    """As one would run it: every commit is synced."""

    def start(self) -> None:
        settings = f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c timezone=UTC"
        self._call("initdb", "--username=bulou", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        self._call("pg_ctl", "start", "--wait", "--silent", f"--log={self.folder}/log", f"--options={settings}")

    @property
    def pid(self) -> int:
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])


@contextmanager
def durable_postgres() -> Iterator[DurablePostgres | None]:
    programs = find_postgres()
    if programs is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="bulou-bench-pg-"))
    server = DurablePostgres(programs, folder, other_user(folder))
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def cpu_seconds(root: int) -> float:
    """CPU that a process and all below it have used so far."""
    found = [_stat(int(entry.name)) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    known = {stat[0]: stat for stat in found if stat is not None}
    return sum(ticks for pid, _parent, ticks in known.values() if _is_below(pid, root, known)) / TICK


def _stat(pid: int) -> tuple[int, int, int] | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return pid, int(fields[1]), int(fields[11]) + int(fields[12])


def _is_below(pid: int, root: int, known: dict[int, tuple[int, int, int]]) -> bool:
    while pid != root and pid in known:
        pid = known[pid][1]
    return pid == root


def measure(port: int, token: str, bodies: list[bytes], pids: list[int]) -> tuple[list[Reply], float, float]:
    """Replies, seconds, and seconds of CPU of the server."""
    before, began = sum(map(cpu_seconds, pids)), time.perf_counter()
    replies = send_all(port, token, bodies, connections=CONNECTIONS)
    return replies, time.perf_counter() - began, sum(map(cpu_seconds, pids)) - before


def say(name: str, replies: list[Reply], seconds: float, cpu: float) -> float:
    times = sorted(reply.seconds * 1000 for reply in replies)
    rate = len(replies) / seconds
    print(
        f"{name:<20} {rate:6.0f}/s  CPU {1e6 * cpu / len(replies):6.0f} us each"
        f"  p50 {times[len(times) // 2]:6.1f}  p99 {times[len(times) * 99 // 100]:6.1f}  worst {times[-1]:6.1f} ms",
        flush=True,
    )
    return rate


def run(name: str, url: str, scans: int, *, processes: int, others: list[int]) -> None:
    folder = Path(tempfile.mkdtemp(prefix="bulou-bench-"))
    url = url or f"sqlite:///{folder / 'bulou.sqlite3'}"
    set_data_key(KEY)
    database = Database(url)
    migrate(database)
    set_database(database)
    with transaction() as session:
        place = make_open_round(session, households=scans // 2, members=2)
        codes = [make_ticket(session, place, resident).code for resident in place.residents]
        token = make_token(session, place.community_id)
    at, point = (NOON + timedelta(minutes=10)).isoformat(), str(place.point.id)
    once = [scan_body(code, point, at) for code in codes]
    thrice = [scan_body(code, point, at) for code in codes[: scans // 5] * 3]
    random.Random(1).shuffle(thrice)
    print(f"\n{name}, {processes} process(es), {CONNECTIONS} connections, {len(once)} tickets")
    with running_server(url, folder, processes=processes, application="bench.checkin:bare()") as (port, pid):
        send_all(port, token, once[:200], connections=CONNECTIONS)
        bare_rate = say("bare Flask", *measure(port, token, once, [pid]))
    with running_server(url, folder, processes=processes) as (port, pid):
        race = send_all(port, token, thrice, connections=CONNECTIONS)  # warms it up besides
        replies, seconds, cpu = measure(port, token, once[scans // 5 :], [pid, *others])
        rate = say("POST /api/v1/scans", replies, seconds, cpu)
    print(f"ratio {rate / bare_rate:.2f}")
    check(database, race, replies, len(codes))
    database.engine.dispose()
    shutil.rmtree(folder, ignore_errors=True)


def check(database: Database, race: list[Reply], replies: list[Reply], tickets: int) -> None:
    """The exact tally: of three scans one is accepted, each ticket counts once, nothing is refused."""
    raced, once = (Counter((reply.status, reply.body["outcome"]) for reply in part) for part in (race, replies))
    with Session(database.engine) as session:
        sampled = session.exec(select(func.count()).where(col(RosterEntry.sampled_at).is_not(None))).one()
    print(f"tally: race {dict(raced)}, then {dict(once)}; sampled {sampled} of {tickets}", flush=True)
    third = len(race) // 3
    assert raced == {(200, "accepted"): third, (200, "already_sampled"): 2 * third}
    assert set(once) == {(200, "accepted")}
    assert sampled == tickets


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scans", type=int, default=2000, help="tickets on each kind of database")
    scans = parser.parse_args().scans
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    run("SQLite", "", scans, processes=1, others=[])
    with durable_postgres() as server:
        if server is None:
            print("PostgreSQL is not installed here: left out")
        else:
            run("PostgreSQL", server.new_database(), scans, processes=2, others=[server.pid])


if __name__ == "__main__":
    main()

"""What tests need beside Python packages: a browser, a database server, Chinese fonts. `python -m tests.needs` fetches them.

It installs only what is missing, and only on Debian (or what descends from it) as root; elsewhere it says what is missing,
and the tests that need it are skipped by name.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

# Read by Debian's postgresql-common when the server is installed: tests start a server of their own, in a temporary folder.
NO_CLUSTER = Path("/etc/postgresql-common/createcluster.d/bulou-tests.conf")


def find_chromium() -> str | None:
    """Give the path of a Chromium or Chrome."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    return next((path for path in map(shutil.which, names) if path), None)


def find_postgres() -> Path | None:
    """Give the folder of PostgreSQL's server programs, the newest where there are several."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name.split(".")[0]))
    on_path = [Path(path).resolve().parent for path in [shutil.which("initdb")] if path]
    folders = [*reversed(debian), *on_path]
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "pg_ctl").exists()), None)


def has_chinese_font() -> bool:
    try:
        fonts = subprocess.run(["fc-list", ":lang=zh-cn", "family"], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return bool(fonts.stdout.strip())


@dataclass(frozen=True)
class Need:
    what: str
    package: str  # Debian's name for it
    is_there: Callable[[], object]


NEEDS = [
    Need("a browser", "chromium", find_chromium),
    Need("a database server", "postgresql", find_postgres),
    Need("Chinese fonts", "fonts-noto-cjk", has_chinese_font),
]


def missing_needs() -> list[Need]:
    return [need for need in NEEDS if not need.is_there()]


def may_install() -> bool:
    return os.name == "posix" and os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(needs: list[Need]) -> None:
    """Install Debian packages. A failure is not raised: the tests that miss something say so by name."""
    packages = [need.package for need in needs]
    print("Installing for the tests, once:", " ".join(packages), flush=True)
    if "postgresql" in packages:
        NO_CLUSTER.parent.mkdir(parents=True, exist_ok=True)
        NO_CLUSTER.write_text("create_main_cluster = false\n")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        command = ["apt-get", "-q", "-q", *words]
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            print(" ".join(command), "failed:", done.stderr.strip(), flush=True)


def main() -> None:
    missing = missing_needs()
    if missing and may_install():
        install(missing)
        missing = missing_needs()
    for need in missing:
        print(f"Missing: {need.what} (on Debian: apt-get install {need.package}). The tests that need it are skipped.")


if __name__ == "__main__":
    main()

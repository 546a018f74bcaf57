"""Write the lock files: every package with version and hash, none with the address it was fetched from.

    tools/lock.py [uv's options, such as --upgrade or --upgrade-package NAME]

requirements.lock is what `make setup` installs, requirements-dev.lock the same and what tests and checks need beside it.
"""

import sys

from install import PYTHON, npm, run

COMPILE = [PYTHON.parent / "uv", "pip", "compile", "pyproject.toml", "--universal", "--python-version", "3.11"]
SHAPE = ["--generate-hashes", "--no-emit-index-url", "--custom-compile-command", "make lock", "--quiet"]


def main() -> None:
    lock(["--extra", "setup", "--output-file", "requirements.lock"])
    lock(["--all-extras", "--constraint", "requirements.lock", "--output-file", "requirements-dev.lock"])
    npm("install", "--package-lock-only", "--omit-lockfile-registry-resolved")


def lock(what: list[str]) -> None:
    run([*COMPILE, *SHAPE, *what, *sys.argv[1:]], "The packages do not fit together; uv says why above.")


if __name__ == "__main__":
    main()

"""Write the next step of the tables: `.venv/bin/python tools/migration.py "what changes"`, from what the models say now."""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from alembic import command

from bulou.database import Database
from bulou.migrating import alembic_config, migrate


def main() -> None:
    message = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/tables.sqlite3")
        migrate(database)
        command.revision(alembic_config(database), message=message, autogenerate=True)


if __name__ == "__main__":
    main()

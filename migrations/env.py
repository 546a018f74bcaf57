"""How Alembic reaches the tables: the engine comes from bulou.migrating."""

from alembic import context
from sqlmodel import SQLModel

import accounts.models  # noqa: F401
import bulou.models  # noqa: F401
import checkin.models  # noqa: F401
import followup.models  # noqa: F401
import registry.models  # noqa: F401
import scheduling.models  # noqa: F401
from bulou.migrating import run_migrations

run_migrations(context, SQLModel.metadata)

"""The sign-ins of the example that was loaded at the first start, kept until it is removed."""

import json
import os
from pathlib import Path
from typing import Any

from flask import current_app


def kept_at() -> Path:
    return Path(current_app.config["SETTINGS"].data) / "example.json"


def keep_sign_ins(facts: dict[str, Any]) -> None:
    """For every later start; readable by the owner alone."""
    with open(os.open(kept_at(), os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
        json.dump(facts, file, ensure_ascii=False, indent=1)


def find_sign_ins() -> dict[str, Any] | None:
    """None = none are kept."""
    if not kept_at().exists():
        return None
    facts: dict[str, Any] = json.loads(kept_at().read_text())
    return facts


def forget_sign_ins(community_id: str) -> None:
    """Those of this community; another example's stay. A repeat changes nothing."""
    facts = find_sign_ins()
    if facts is not None and facts["community"] == community_id:
        kept_at().unlink(missing_ok=True)

"""What every sheet of one round and plan version says."""

from dataclasses import dataclass
from datetime import datetime

from bulou.i18n import _
from bulou.walltime import wall_datetime


@dataclass(frozen=True)
class SheetHead:
    """The round a sheet belongs to. `timezone` is the community's; instants are aware."""

    community: str
    round_name: str
    version: int
    published_at: datetime
    timezone: str = "Asia/Shanghai"


def version_line(head: SheetHead) -> str:
    return _(
        "Version %(version)d, published %(at)s. It replaces every earlier sheet.",
        version=head.version,
        at=wall_datetime(head.published_at, head.timezone),
    )

"""Tickets are given out when a plan is published or people move in: few at once, many by the worker."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from bulou.clock import clock
from bulou.database import let_others_write, transaction
from bulou.jobs import Progress, Work, ask_for
from bulou.models import JobRequest
from checkin.jobs import official
from checkin.usecases.merged import hold_entries, join_scans, keep_entries, separate_scans
from checkin.usecases.tickets import PART, CampaignKey, count_without_ticket, issue_tickets, list_campaigns_in_force
from registry.rules import HoldingResidents, ResidentsMerged, ResidentsMerging, ResidentsSeparated, RosterChanged
from scheduling.models import Round
from scheduling.rules import PlanPublished

KIND = "checkin.issue_tickets"


def issue_on_publishing(session: Session, event: PlanPublished) -> None:
    """Everybody with a place has a ticket."""
    round_ = session.get_one(Round, (event.community_id, event.round_id))
    issue_or_ask(session, (event.community_id, round_.campaign_id), now=clock().now())


def issue_to_newcomers(session: Session, event: RosterChanged) -> None:
    """Who came after publishing has a ticket too."""
    for campaign_id in list_campaigns_in_force(session, event.community_id):
        issue_or_ask(session, (event.community_id, campaign_id), now=clock().now())


def join_merged(session: Session, event: ResidentsMerged) -> None:
    """Scans of two entries that are one person are that person's, in the transaction that merged them."""
    join_scans(session, event, now=clock().now())


def hold_before_registry(session: Session, event: HoldingResidents) -> None:
    """Entries are held before the people they are of, wherever both are held."""
    hold_entries(session, event.community_id, event.residents)


def keep_before_merging(session: Session, event: ResidentsMerging) -> None:
    """How both stand on the rosters, in case it is a mistake."""
    keep_entries(session, event)


def separate_merged(session: Session, event: ResidentsSeparated) -> None:
    """Each has their own scans again, in the transaction that separated them."""
    separate_scans(session, event, now=clock().now())


def issue_or_ask(session: Session, key: CampaignKey, *, now: datetime) -> None:
    session.flush()
    if count_without_ticket(session, key, PART) < PART:
        issue_tickets(session, key, now=now)
    else:
        ask_for(session, key[0], KIND, {"campaign": str(key[1])}, by=None, now=now)


def issue_all(key: CampaignKey) -> int:
    """Give out all that are missing, in parts; how many that were."""
    issued = 0
    while True:
        with transaction() as session:
            part = issue_tickets(session, key, now=clock().now())
        issued += part
        if part < PART:
            return issued
        let_others_write()


def run_issue(request: JobRequest, progress: Progress) -> None:
    progress.tell(0.1)
    issue_all((request.community_id, UUID(request.facts["campaign"])))


WORKS = [Work(KIND, run_issue), *official.WORKS]
JOBS = official.JOBS

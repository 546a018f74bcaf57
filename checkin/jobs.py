"""Tickets are given out when a plan is published or people move in: few at once, many by the worker."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from accounts.rules import Principal
from accounts.usecases import note
from bulou.clock import clock
from bulou.database import transaction
from bulou.jobs import Progress, Work, ask_for
from bulou.models import JobRequest
from checkin.queries.official import count_unrecorded
from checkin.usecases.merged import join_scans
from checkin.usecases.official import PART as PART_OF_LIST
from checkin.usecases.official import record_part
from checkin.usecases.tickets import PART, CampaignKey, count_without_ticket, issue_tickets, list_campaigns_in_force
from registry.rules import ResidentsMerged, RosterChanged
from scheduling.models import Round
from scheduling.rules import PlanPublished

KIND, OFFICIAL = "checkin.issue_tickets", "checkin.record_official"
AT_ONCE = 300  # people of an official list who are recorded while somebody waits


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


def run_issue(request: JobRequest, progress: Progress) -> None:
    progress.tell(0.1)
    issue_all((request.community_id, UUID(request.facts["campaign"])))


# The official list.


def record_or_ask(key: tuple[str, UUID], round_id: UUID, by: Principal) -> bool:
    """Record who is sure on an official list: a few at once, many by the worker. False = they are on their way."""
    with transaction() as session:
        note(session, key[0], "checkin.official_recorded", key[1], by=by, now=clock().now())
        if count_unrecorded(session, key) > AT_ONCE:
            facts = {"list": str(key[1]), "round": str(round_id)}
            ask_for(session, key[0], OFFICIAL, facts, by=by.account_id, now=clock().now())
            return False
    record_all(key, round_id, by)
    return True


def record_all(key: tuple[str, UUID], round_id: UUID, by: Principal) -> None:
    """In parts, each a transaction of its own: between them phones write. Taken up again it goes on where it ended."""
    while True:
        with transaction() as session:
            round_ = session.get_one(Round, (key[0], round_id))
            if record_part(session, key, round_, by=by, now=clock().now()) < PART_OF_LIST:
                return


def run_record(request: JobRequest, progress: Progress) -> None:
    progress.tell(0.1)
    key = (request.community_id, UUID(request.facts["list"]))
    record_all(key, UUID(request.facts["round"]), Principal(request.community_id, (), account_id=request.asked_by))


WORKS = [Work(KIND, run_issue), Work(OFFICIAL, run_record)]

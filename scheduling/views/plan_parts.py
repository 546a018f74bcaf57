"""What the pages of a plan share: whose plan it is, what its parts are called, who is left out and why."""

from uuid import UUID

from accounts.access import check_may, current_community_id
from accounts.rules import Permission
from bulou.database import reading
from bulou.web import wall_datetime
from scheduling.errors import BuildingNotFound, CohortNotFound
from scheduling.queries.plans import BuildingBlock, Group, PlanPage, plan_page
from scheduling.rules.plan_words import Names, say_reason


def names_of(page: PlanPage) -> Names:
    return Names(
        page.names, lambda slot: wall_datetime(page.starts[slot]) if slot < len(page.starts) else str(slot + 1)
    )


def unplaced_of(page: PlanPage) -> list[tuple[Group, str, str]]:
    """Each group without a place: what it is called, and why, with the way out."""
    names = names_of(page)
    rows = []
    for one in page.found.unplaced:
        group = page.groups.get(UUID(one.cohort))
        if group is not None:
            sentence = say_reason(one.reason, names, is_one_household=group.is_one_household)
            rows.append((group, page.names[one.cohort], sentence))
    return rows


def read_page(plan_id: UUID, permission: Permission = Permission.VIEW_PLAN) -> PlanPage:
    """The plan, for somebody who may do this in its round. Raises PlanNotFound, NotPermitted."""
    with reading() as session:
        page = plan_page(session, (current_community_id(), plan_id))
    check_may(permission, round_id=page.round.id)
    return page


def key_of_plan(page: PlanPage) -> tuple[str, UUID]:
    return page.plan.community_id, page.plan.id


def block_of(page: PlanPage, building_id: UUID) -> BuildingBlock:
    for block in page.blocks:
        if block.id == building_id:
            return block
    raise BuildingNotFound()


def group_of(page: PlanPage, cohort_id: UUID) -> Group:
    if cohort_id not in page.groups:
        raise CohortNotFound()
    return page.groups[cohort_id]

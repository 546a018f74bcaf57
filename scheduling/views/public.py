"""What residents open without signing in: the round's page and each building's. Small, without JavaScript, kept ready."""

import gzip
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from flask import Blueprint, Response, current_app, g, render_template, request
from sqlmodel import Session

from accounts.access import open_to_all
from bulou.assets import asset_url
from bulou.clock import clock
from bulou.database import reading
from bulou.i18n import language, speaking
from bulou.ids import is_code, read_code
from bulou.walltime import wall_day, wall_span
from scheduling.errors import BuildingNotFound, RoundNotFound
from scheduling.queries.public import (
    PublicBuilding,
    PublicHead,
    PublicPlan,
    find_round_by_code,
    find_stamp,
    read_public_plan,
)
from scheduling.rules import RoundState
from scheduling.rules.life import PUBLIC
from scheduling.rules.sketch import Sketch, draw_sketch

bp = Blueprint("public_pages", __name__)
MOST_KEPT = 5_000  # pages; each a few KB
KEPT_FOR = timedelta(seconds=60)  # a building renamed in the registry shows after this
OTHER = {"zh": "en", "en": "zh"}


@dataclass(frozen=True, slots=True)
class Links:
    """Where the pages find each other: addresses of this server, or names of files beside them."""

    style: str
    home: Callable[[str], str]  # by language
    building: Callable[[str, str], str]  # by language and the building's code
    ticket: Callable[[str, str], str]  # the same


@dataclass(frozen=True, slots=True)
class Kept:
    """A page as it is sent, and what it was made from."""

    stamp: object
    made_at: datetime
    body: bytes
    packed: bytes
    tag: str


def links_of(code: str) -> Links:
    """For the pages of a round on this server. The language stands in the address, so that no cookie is needed."""
    return Links(
        style=asset_url("css/public.css"),
        home=lambda lang: f"/r/{code}?lang={lang}",
        building=lambda lang, building: f"/r/{code}/b/{building}?lang={lang}",
        ticket=lambda lang, building: f"/B/{building}/TICKET?lang={lang}",
    )


@bp.get("/r/<round_code>")
@open_to_all
def show_round(round_code: str) -> Response:
    return answer(read_code(round_code), None)


@bp.get("/r/<round_code>/b/<building_code>")
@open_to_all
def show_building(round_code: str, building_code: str) -> Response:
    return answer(read_code(round_code), read_code(building_code))


def answer(code: str, building_code: str | None) -> Response:
    """The page as it was made for the version in force, or 304 where the reader has it already."""
    if not is_code(code, len(code)):  # PostgreSQL takes no NUL, not even to look for it
        raise RoundNotFound()
    asked = asked_version()
    with reading() as session:
        stamp = find_stamp(session, code)
        if stamp is None:
            raise RoundNotFound()
        older = asked if asked is not None and asked < stamp[2] else None
        kept = find_kept((code, building_code, language(), older), stamp)
        if kept is None:
            body = make_page(session, code, building_code, older)
            kept = keep((code, building_code, language(), older), stamp, body)
    return send(kept)


def asked_version() -> int | None:
    """The version an old link was made for; None = the link says none that could be."""
    asked = request.args.get("v", "")
    return int(asked) if re.fullmatch(r"[1-9][0-9]{0,5}", asked) else None


def make_page(session: Session, code: str, building_code: str | None, older: int | None) -> str:
    """Raises BuildingNotFound."""
    round_ = find_round_by_code(session, code)
    if round_ is None:
        raise RoundNotFound()
    plan = read_public_plan(session, round_, building_code)
    if building_code is None:
        return round_page(plan, language(), links_of(code), older)
    building = next((building for building in plan.buildings if building.code == building_code), None)
    if building is None:
        raise BuildingNotFound()
    return building_page(plan, building, language(), links_of(code), older)


def round_page(plan: PublicPlan, lang: str, links: Links, older: int | None = None) -> str:
    other = links.home(OTHER[lang])
    with speaking(lang):
        if not has_times(plan.head):
            return show_frame("waiting", plan, lang, links, other, older)
        compounds = [(name, list(group)) for name, group in groupby(plan.buildings, key=lambda b: b.compound)]
        return show_frame("round", plan, lang, links, other, older, compounds=compounds)


def building_page(plan: PublicPlan, building: PublicBuilding, lang: str, links: Links, older: int | None = None) -> str:
    other = links.building(OTHER[lang], building.code)
    with speaking(lang):
        if not has_times(plan.head):
            return show_frame("waiting", plan, lang, links, other, older)
        rows = plan.rows_of(building.id)
        used = {row.point_id for row in rows}
        return show_frame(
            "building",
            plan,
            lang,
            links,
            other,
            older,
            building=building,
            rows=[(row.who, row, plan.point(row.point_id)) for row in rows],
            points=[point for point in plan.points if point.id in used],
            sketch=sketch_of(plan, building),
        )


def has_times(head: PublicHead) -> bool:
    """A cancelled round shows no times: somebody would come."""
    return head.version > 0 and head.state in PUBLIC and head.state is not RoundState.CANCELLED


def show_frame(
    name: str, plan: PublicPlan, lang: str, links: Links, other: str, older: int | None, **facts: Any
) -> str:
    zone = g.timezone = plan.head.timezone
    return render_template(
        f"scheduling/public_{name}.html",
        plan=plan,
        head=plan.head,
        lang=lang,
        links=links,
        other_url=other,
        older=older,
        day=lambda at: wall_day(at, zone),
        span=lambda since, until: wall_span(since, until, zone),
        **facts,
    )


def sketch_of(plan: PublicPlan, building: PublicBuilding) -> Sketch | None:
    """None where a position is unknown."""
    if building.x is None or building.y is None:
        return None
    used = {row.point_id for row in plan.rows_of(building.id)}
    known = [(p.name, (p.x, p.y)) for p in plan.points if p.id in used and p.x is not None and p.y is not None]
    others = [(b.x, b.y) for b in plan.buildings if b.id != building.id and b.x is not None and b.y is not None]
    return draw_sketch((building.x, building.y), known, others)


def find_kept(key: tuple[object, ...], stamp: object) -> Kept | None:
    kept: Kept | None = pages_kept().get(key)
    is_fresh = kept is not None and kept.stamp == stamp and clock().now() - kept.made_at < KEPT_FOR
    return kept if is_fresh else None


def keep(key: tuple[object, ...], stamp: object, page: str) -> Kept:
    body = page.encode()
    kept = Kept(stamp, clock().now(), body, gzip.compress(body, mtime=0), hashlib.sha256(body).hexdigest()[:20])
    pages = pages_kept()
    if len(pages) >= MOST_KEPT:
        pages.clear()
    pages[key] = kept
    return kept


def pages_kept() -> dict[tuple[object, ...], Kept]:
    kept: dict[tuple[object, ...], Kept] = current_app.extensions.setdefault("public_pages", {})
    return kept


def send(kept: Kept) -> Response:
    """Every resident opens the link in the same minute: what was made is sent as it is."""
    takes_gzip = request.accept_encodings.quality("gzip") > 0
    response = Response(kept.packed if takes_gzip else kept.body, content_type="text/html; charset=utf-8")
    if takes_gzip:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Cache-Control"] = "public, max-age=60"
    response.headers["Vary"] = "Accept-Language, Accept-Encoding, Cookie"
    response.set_etag(kept.tag, weak=True)  # packed or not, it is the same page
    response.make_conditional(request)
    return response

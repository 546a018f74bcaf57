"""Where the parts are joined: the web application `create_app()` and the command `bulou`.

Features are imported inside the functions that need them, so that `bulou plan` answers without loading the web.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from bulou.commands import LazyGroup, refuse, set_application, with_application

if TYPE_CHECKING:
    from flask import Blueprint, Flask
    from sqlmodel import Session

    from accounts.rules import CommunityFounded
    from bulou.jobs import Worker
    from bulou.navigation import Section
    from bulou.settings import Settings

# Where each command lives, and what it does in a few words: `bulou --help` imports none of them.
COMMANDS = {
    "community": ("registry.commands:community", "Residents' committees: add one."),
    "coverage": ("followup.commands:coverage", "How many are sampled, excused and missing, by building."),
    "demo": ("examples.commands:demo", "An invented community, a round planned, published and open now."),
    "migrate": ("app:migrate_tables", "Create the tables, or upgrade them."),
    "pack": ("scheduling.round_commands:pack", "The plan pack as files: public pages, sheets, the managers' table."),
    "plan": ("scheduling.commands:plan", "Plan one problem from a file and write the plan."),
    "replan": (
        "scheduling.replan_commands:replan",
        "Plan a running day again with the least change; who moves, and why.",
    ),
    "report": ("followup.commands:report", "The day's workbook: ledger, missing by door, excused."),
    "roster": ("registry.commands:roster", "Who lives where: import, export."),
    "round": ("scheduling.round_commands:round_", "Rounds: create, plan, publish, open, close."),
    "serve": ("app:serve", "The web application, and the scheduled jobs on this machine."),
    "simulate": (
        "scheduling.simulation_commands:simulate",
        "What the day of a plan will look like: waits, queues, end.",
    ),
    "size": ("scheduling.size_command:size", "How many points, lanes and staff a problem needs; a plan behind each."),
    "tickets": ("checkin.commands:tickets", "The tickets of a round, with where and when each is called."),
    "token": ("accounts.commands:token", "What devices and programs show instead of a password."),
    "user": ("accounts.commands:user", "People who sign in."),
    "work": ("app:work", "The scheduled jobs alone; any number may run, each job acts once."),
}


def create_app(settings: Settings | None = None) -> Flask:
    """The web application. Reads the settings from the environment unless they are given."""
    from flask import Flask
    from werkzeug.middleware.proxy_fix import ProxyFix

    from accounts.signing import init_accounts
    from bulou.assets import init_assets
    from bulou.i18n import init_i18n
    from bulou.logs import log_requests
    from bulou.navigation import init_navigation
    from bulou.web import init_web

    settings = start(settings)
    app = Flask(__name__, static_folder="static", static_url_path="/static")
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.base_url.startswith("https://"),
    )
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    log_requests(app)
    init_i18n(app)
    init_web(app)
    init_assets(app)
    init_accounts(app)
    for blueprint in blueprints():
        app.register_blueprint(blueprint)
    init_navigation(app, navigation())
    connect()
    return app


def blueprints() -> list[Blueprint]:
    """Every page and call, feature by feature."""
    import accounts.views
    import bulou.openapi
    import checkin.api
    import checkin.device_api
    import checkin.views
    import examples.views
    import followup.api
    import followup.views
    import registry.api
    import registry.views
    import scheduling.api
    import scheduling.views

    return [
        accounts.views.bp,
        bulou.openapi.bp,
        registry.views.bp,
        registry.api.bp,
        checkin.api.bp,
        checkin.device_api.bp,
        checkin.views.bp,
        scheduling.api.bp,
        *scheduling.views.BLUEPRINTS,
        followup.views.bp,
        followup.api.bp,
        examples.views.bp,
    ]


def navigation() -> list[Section]:
    """What stands on top of every page. Whoever gives work out finds the scanning page and the doors from the first page."""
    from bulou.i18n import _l
    from bulou.navigation import Section
    from registry.views.corrections import count_corrections

    return [
        Section("checkin.choose_point", _l("Scan"), "scan", unless="manage_accounts", also=("/points",)),
        Section("followup.my_doors", _l("My doors"), "visit_doors", unless="manage_accounts"),
        Section("roster.index", _l("Roster"), "view_roster"),
        Section("rounds.index", _l("Rounds"), "view_plan", also=("/plans",)),
        Section("followup.stewards", _l("Stewards"), "assign_stewards"),
        Section("followup.excuses", _l("Excuses"), "excuse"),
        Section("roster.corrections", _l("Corrections"), "edit_roster", waiting=count_corrections),
        Section("accounts.list_accounts", _l("Accounts"), "manage_accounts", also=("/audit",)),
    ]


def connect() -> None:
    """What each announcement wakes, and what an early feature has to ask of a later one."""
    from accounts.areas import set_places
    from accounts.deeds import set_subjects
    from accounts.home import say_on_card, set_next_steps
    from accounts.queries import find_own_subjects
    from accounts.rules import CommunityFounded
    from bulou.announcements import on
    from checkin import deeds as checkin_deeds
    from checkin.jobs import (
        hold_before_registry,
        issue_on_publishing,
        issue_to_newcomers,
        join_merged,
        keep_before_merging,
        separate_merged,
    )
    from checkin.usecases.devices import forget_point
    from followup.usecases import sign_tally
    from followup.views.excuses import say_proposals
    from registry import deeds as registry_deeds
    from registry.rules import HoldingResidents, ResidentsMerged, ResidentsMerging, ResidentsSeparated, RosterChanged
    from registry.sampled import set_sampled
    from registry.views.corrections import say_waiting
    from scheduling import deeds as scheduling_deeds
    from scheduling.jobs import follow_rounds
    from scheduling.places import list_places
    from scheduling.queries.sampled import list_sampled
    from scheduling.rules import PlanPublished, PointRemoved, RoundClosed
    from scheduling.steps import list_next_steps

    on(PlanPublished, issue_on_publishing)  # everybody with a place has a ticket
    on(RosterChanged, follow_rounds)  # newcomers join the rounds that are not over; before they get tickets
    on(RosterChanged, issue_to_newcomers)
    on(ResidentsMerged, join_merged)  # after the rounds have followed: what was scanned of either is one person's
    on(HoldingResidents, hold_before_registry)  # people's entries before their rows, as scans hold them
    on(ResidentsMerging, keep_before_merging)  # a merge may be a mistake
    on(ResidentsSeparated, separate_merged)  # before the rounds follow: each stands there as before
    on(PointRemoved, forget_point)  # codes of phones go with their point; a phone that is trusted keeps it
    on(RoundClosed, sign_tally)  # the ledger is kept as it stands
    on(CommunityFounded, found_community)  # the first manager has a community to manage
    set_next_steps(list_next_steps)  # the first page says what comes next
    set_sampled(list_sampled)  # who came by an import and was sampled since stays
    say_on_card("roster.corrections", say_waiting)  # the first page says what waits
    say_on_card("followup.excuses", say_proposals)
    set_subjects("accounts", find_own_subjects)  # deeds say what they were done to
    set_subjects("registry", registry_deeds.find_subjects)
    set_subjects("scheduling", scheduling_deeds.find_subjects)
    set_subjects("checkin", checkin_deeds.find_subjects)
    set_places(list_places)  # a role or token may hold in one round or at one point


def found_community(session: Session, event: CommunityFounded) -> None:
    from registry.usecases import add_community

    add_community(session, event.community_id, name=event.name, now=event.at)


def make_worker() -> Worker:
    """Everything that runs by itself; the rhythm stands beside each job."""
    import accounts.jobs
    import checkin.jobs
    import followup.jobs
    import registry.jobs
    import scheduling.jobs
    from bulou.jobs import Worker

    return Worker(
        jobs=[*accounts.jobs.JOBS, *registry.jobs.JOBS, *scheduling.jobs.JOBS, *checkin.jobs.JOBS],
        works=[*registry.jobs.WORKS, *scheduling.jobs.WORKS, *checkin.jobs.WORKS, *followup.jobs.WORKS],
    )


def start(settings: Settings | None = None) -> Settings:
    """Read the settings and open the database. Ends the program with a sentence where a setting is wrong."""
    from bulou.cluster import set_dask
    from bulou.crypto import set_data_key
    from bulou.database import Database, set_database
    from bulou.links import set_base_url
    from bulou.logs import init_logs
    from bulou.settings import SettingsWrong, read_settings

    init_logs()
    try:
        settings = settings or read_settings()
    except SettingsWrong as wrong:
        raise click.ClickException(str(wrong)) from None
    set_data_key(settings.data_key)
    set_base_url(settings.base_url)
    set_dask(settings.dask)
    set_database(Database(settings.database_url))
    return settings


@contextmanager
def open_application() -> Iterator[Flask]:
    """What a command runs in: settings, tables that fit, and the language of the environment."""
    from bulou.database import database
    from bulou.migrating import TablesOutOfDate, ready_tables

    app = create_app()
    with app.app_context():
        try:
            ready_tables(database())
        except TablesOutOfDate as refusal:
            refuse(refusal.sentence)
        yield app


@click.command("migrate")
def migrate_tables() -> None:
    """Create the tables, or upgrade them. A repeat changes nothing."""
    from bulou.database import database
    from bulou.migrating import TablesOutOfDate, migrate

    start()
    try:
        migrate(database())
    except TablesOutOfDate as refusal:
        refuse(refusal.sentence)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--processes", default=0, help="Web processes; 0 = one with SQLite, two with PostgreSQL.")
@click.option("--example", is_flag=True, help="Load the example community where there is none at all.")
def serve(host: str, port: int, processes: int, example: bool) -> None:
    """The web application, and the scheduled jobs on this machine."""
    from bulou.serving import run_server

    address = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104 (read, not bound)
    os.environ.setdefault("BULOU_BASE_URL", address)
    lines, is_sqlite = prepare_to_serve(example)

    def say_ready() -> None:
        click.echo("\n".join([f"Bulou 不漏: {address}", *lines]))

    run_server(create_app, host=host, port=port, processes=processes or (1 if is_sqlite else 2), ready=say_ready)


@with_application
def prepare_to_serve(example: bool) -> tuple[list[str], bool]:
    """Tables, example and first sign-in; what to tell whoever started the program."""
    from accounts.commands import first_sign_in_lines
    from bulou.assets import AssetsMissing, manifest
    from bulou.database import database
    from bulou.typesetting import check_fonts
    from examples.commands import example_lines, load_example

    try:
        manifest()
    except AssetsMissing as missing:
        raise click.ClickException(str(missing)) from None
    check_fonts()
    if example:
        load_example()
    return [*example_lines(), *first_sign_in_lines()], database().is_sqlite


@click.command()
@click.option("--with-parent", is_flag=True, hidden=True)
@with_application
def work(with_parent: bool) -> None:
    """The scheduled jobs alone. Any number of these may run; each job acts once."""
    from bulou.serving import run_worker

    run_worker(make_worker(), with_parent=with_parent)


cli = LazyGroup(COMMANDS, name="bulou", help="Plans and runs testing campaigns in residential communities.")
set_application(open_application)


def main() -> None:
    """The command `bulou`."""
    cli(prog_name="bulou")


if __name__ == "__main__":
    main()

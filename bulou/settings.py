"""Settings: read once at the start, from the environment alone."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parent.parent


class SettingsWrong(Exception):
    """A setting cannot be used; the message is one sentence that names it."""


def _hex_key(value: str) -> str:
    if value and (len(value) != 64 or any(digit not in "0123456789abcdefABCDEF" for digit in value)):
        raise ValueError("must be 64 hexadecimal digits")
    return value.lower()


def _database_url(value: str) -> str:
    if value and not value.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise ValueError("must begin with sqlite:/// or postgresql+psycopg://")
    return value


def _base_url(value: str) -> str:
    if value and not value.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    # QR codes hold the address in upper case, which a folder in it would not survive.
    if value.rstrip("/").count("/") > 2:
        raise ValueError("must be a host, with a port perhaps, and no folder")
    return value.rstrip("/")


def _dask_address(value: str) -> str:
    host, _, port = value.rpartition("://")[2].rpartition(":")
    is_known = value.rpartition("://")[0] in ("", "tcp")
    if value and not (is_known and host and port.isdecimal()):
        raise ValueError("must be the address of a Dask scheduler, such as tcp://10.0.0.5:8786")
    return value


HexKey = Annotated[str, AfterValidator(_hex_key)]


class Settings(BaseSettings):
    """Everything that differs between one installation and another. Never changed after the start."""

    model_config = SettingsConfigDict(env_prefix="BULOU_", frozen=True, extra="ignore", hide_input_in_errors=True)

    data: Path = Path("var")  # databases, keys, files made at run time
    database_url: Annotated[str, AfterValidator(_database_url)] = ""  # empty = SQLite under `data`
    secret_key: HexKey = ""  # signs cookies and links
    data_key: HexKey = ""  # encrypts identity numbers and phones
    base_url: Annotated[str, AfterValidator(_base_url)] = ""  # what QR codes point to; empty = the address served
    proxy_hops: Annotated[int, Field(ge=0, le=10)] = 0  # reverse proxies whose X-Forwarded headers are believed

    dask: Annotated[str, AfterValidator(_dask_address)] = ""  # the scheduler of a cluster that plans; empty = none

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")


def read_settings(**given: object) -> Settings:
    """The settings in force, with keys made and kept where one machine runs alone.

    Raises SettingsWrong with one sentence that names the setting.
    """
    try:
        settings = Settings(**given)  # type: ignore[arg-type]
    except ValidationError as wrong:
        first = wrong.errors()[0]
        name = "BULOU_" + str(first["loc"][0]).upper()
        raise SettingsWrong(f"{name}: {first['msg'].removeprefix('Value error, ')}.") from None
    data = settings.data.absolute()
    make_private_folder(data)
    url = settings.database_url or _kept_database(data)
    is_local = url.startswith("sqlite")
    keys = {name: getattr(settings, name) or _kept_key(data, name, is_local) for name in ("secret_key", "data_key")}
    return settings.model_copy(update={"data": data, "database_url": url, **keys})


def read_dask() -> str:
    """BULOU_DASK alone, for a command that needs no other setting. Raises SettingsWrong."""
    try:
        return _dask_address(os.environ.get("BULOU_DASK", ""))
    except ValueError as wrong:
        raise SettingsWrong(f"BULOU_DASK: {wrong}.") from None


def make_private_folder(folder: Path) -> None:
    """The folder exists and only its owner may look into it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as wrong:
        raise SettingsWrong(f"BULOU_DATA: the folder cannot be made ({wrong.strerror}).") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SettingsWrong("BULOU_DATA: the folder cannot be written to.")


def _kept_database(data: Path) -> str:
    """SQLite's file, readable by its owner alone, whoever made the folder; the files beside it get the same mode."""
    path = data / "bulou.sqlite3"
    with suppress(OSError):  # another's file, or a folder that cannot be written: opening it says so
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    return f"sqlite:///{path}"


def _kept_key(data: Path, name: str, may_be_made: bool) -> str:
    """The key kept beside the database. With PostgreSQL several machines share it, so it must be given."""
    if not may_be_made:
        raise SettingsWrong(f"BULOU_{name.upper()}: is required with PostgreSQL (64 hexadecimal digits).")
    path = data / name
    try:
        # O_EXCL: of two processes that start together, one makes the key and the other reads it.
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    try:
        return _hex_key(path.read_text().strip())
    except ValueError as wrong:
        raise SettingsWrong(f"BULOU_{name.upper()}: the key kept under BULOU_DATA {wrong}.") from None

"""The cluster that plans large problems, where there is one."""

_address = ""


def set_dask(address: str) -> None:
    """Set at the start by `app.py`, from BULOU_DASK."""
    global _address
    _address = address


def dask_address() -> str:
    """The address of a Dask scheduler; empty = this machine plans alone."""
    return _address

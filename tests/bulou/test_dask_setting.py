"""BULOU_DASK: an address of a scheduler or nothing; what is wrong is named."""

import pytest

from bulou.settings import SettingsWrong, read_dask, read_settings

ADDRESSES = ["tcp://10.0.0.5:8786", "tcp://planner.example.org:8786", "127.0.0.1:8786", ""]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_of_a_scheduler_is_taken(address, monkeypatch, tmp_path):
    monkeypatch.setenv("BULOU_DASK", address)

    assert read_dask() == address
    assert read_settings(data=tmp_path).dask == address


@pytest.mark.parametrize("address", ["10.0.0.5", "http://10.0.0.5:8786", "tcp://:8786", "tcp://host:port", "yes"])
def test_anything_else_stops_the_program_with_a_sentence_that_names_it(address, monkeypatch, tmp_path):
    monkeypatch.setenv("BULOU_DASK", address)

    for read in (read_dask, lambda: read_settings(data=tmp_path)):
        with pytest.raises(SettingsWrong, match=r"^BULOU_DASK: must be the address of a Dask scheduler"):
            read()

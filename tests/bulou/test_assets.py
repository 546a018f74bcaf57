"""Front-end files as browsers get them."""

import gzip

from flask.testing import FlaskClient

from bulou.assets import asset_path, asset_url

STYLE = "css/scan.css"


def test_a_browser_that_unpacks_gets_the_file_packed(client: FlaskClient) -> None:
    answer = client.get(asset_url(STYLE), headers={"Accept-Encoding": "gzip"})

    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.content_type.startswith("text/css")
    assert gzip.decompress(answer.data) == asset_path(STYLE).read_bytes()
    assert "immutable" in answer.headers["Cache-Control"]


def test_a_program_that_does_not_unpack_gets_the_file_as_it_is(client: FlaskClient) -> None:
    answer = client.get(asset_url(STYLE), headers={"Accept-Encoding": "identity"})

    assert "Content-Encoding" not in answer.headers
    assert answer.data == asset_path(STYLE).read_bytes()


def test_nothing_beside_the_front_end_is_sent(client: FlaskClient) -> None:
    answer = client.get("/static/dist/../../app.py", headers={"Accept-Encoding": "gzip"})

    assert answer.status_code == 404


def test_the_scanning_page_and_its_decoder_are_small_enough_for_a_first_visit() -> None:
    names = ["css/scan.css", "js/scan/page.js", "js/scan/worker.js", "zxing_reader.wasm"]

    packed = sum(asset_path(name).with_name(asset_path(name).name + ".gz").stat().st_size for name in names)

    assert packed < 580_000  # of 600 KB; the page itself is the rest

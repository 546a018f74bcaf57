"""The link to the other language, on a page and on the answer to a form."""

import pytest

from bulou.web import other_language_url


@pytest.mark.parametrize(
    ("method", "path", "referrer", "link"),
    [
        ("GET", "/roster?q=501", None, "/roster?q=501&lang=zh"),
        ("POST", "/roster/positions/table", None, "/roster/positions?lang=zh"),
        ("POST", "/roster/positions", None, "/roster/positions?lang=zh"),
        ("POST", "/roster/positions/table", "http://localhost/roster?lang=en", "/roster?lang=zh"),
        ("POST", "/roster/positions/table", "https://other.example/roster", "/roster/positions?lang=zh"),
        ("POST", "/roster/positions/table", "http://localhost//other.example/x", "/roster/positions?lang=zh"),
        ("POST", "/roster/positions/table", "http://[", "/roster/positions?lang=zh"),
    ],
)
def test_after_a_form_the_switch_leads_to_the_page_it_stands_on(app, method, path, referrer, link):
    headers = {"Accept-Language": "en", **({"Referer": referrer} if referrer else {})}
    with app.test_request_context(path, method=method, headers=headers):
        assert other_language_url() == link

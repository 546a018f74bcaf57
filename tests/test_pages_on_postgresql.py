"""That every page opens on PostgreSQL too; what pages are otherwise, `test_pages.py` looks at over SQLite."""

import pytest

from tests.conftest import new_application
from tests.house import furnish
from tests.test_pages import reader


@pytest.mark.postgres
def test_every_page_opens_on_postgresql_too(postgres, template_url, tmp_path):
    url = postgres.new_database(template=template_url)
    for app in new_application(url, tmp_path):
        house = furnish(app)
        answers = {
            str(way): reader(app, house, way.role, "zh").get(way.url, follow_redirects=True).status_code
            for way in house.ways
        }

    assert {way: status for way, status in answers.items() if status != 200} == {}

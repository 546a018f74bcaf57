"""What a page hands out to be kept."""

from urllib.parse import quote

from bulou.downloads import download


def test_a_file_goes_out_under_its_chinese_name_and_nobody_may_keep_a_copy(app):
    with app.test_request_context():
        answer = app.process_response(download(b"%PDF", "tickets-3栋.pdf"))

    assert answer.content_type == "application/pdf"
    assert quote("3栋") in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_workbook_says_that_it_is_one(app):
    with app.test_request_context():
        answer = download(b"PK", "roster.xlsx")

    assert answer.content_type.endswith("spreadsheetml.sheet")

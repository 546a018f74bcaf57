"""Files that a page hands out to be kept."""

from io import BytesIO

from flask import Response, send_file

KINDS = {  # Python's own table has no workbooks (3.11), and a bare machine none at all
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def download(content: bytes, name: str) -> Response:
    """A PDF or workbook to keep under this name, which may be Chinese. Nothing on the way keeps a copy."""
    kind = KINDS[name.rsplit(".", 1)[-1]]
    response = send_file(BytesIO(content), mimetype=kind, as_attachment=True, download_name=name)
    response.headers.pop("Cache-Control", None)  # Flask's own would let a browser keep names and numbers, see bulou.web
    return response

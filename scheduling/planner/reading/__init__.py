"""From files and JSON to problems and plans. What cannot be read is refused with one sentence that names the place."""

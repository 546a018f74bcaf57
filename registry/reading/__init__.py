"""From a file as property managers keep it to rows of a roster: files → columns → rows."""

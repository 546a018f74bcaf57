"""An invented community to try everything with. No person, phone or door in it is real."""

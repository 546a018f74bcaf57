"""What people do at check-in: scan, take back, give out tickets."""

from checkin.usecases.answers import Answer, PersonShown, PlaceShown
from checkin.usecases.scans import Sent, record_scan, record_scans

__all__ = ["Answer", "PersonShown", "PlaceShown", "Sent", "record_scan", "record_scans"]

"""The ground floor: settings, clock, database, refusals, jobs. It knows no feature."""

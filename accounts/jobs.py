"""What accounts do by themselves."""

from datetime import timedelta

from accounts import usecases
from bulou.jobs import Job

JOBS = [Job("accounts.forget_sessions", every=timedelta(days=1), run=usecases.forget_sessions)]

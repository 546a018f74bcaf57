"""What the day of a plan will look like: queues at every point, simulated day after day.

It stands inside the planner because it reads the same problem and plan, is compiled and checked the same way, and whoever
runs the planner alone can predict the day too. This is its face.
"""

from scheduling.planner.simulation.days import QueueOverDay, queue_over_day
from scheduling.planner.simulation.estimates import Estimate
from scheduling.planner.simulation.forecast import (
    CohortForecast,
    Forecast,
    Light,
    PointForecast,
    Saving,
    Waits,
    forecast_to_json,
)
from scheduling.planner.simulation.settings import Settings
from scheduling.planner.simulation.simulate import DEFAULT_RUNS, simulate

__all__ = [
    "DEFAULT_RUNS",
    "CohortForecast",
    "Estimate",
    "Forecast",
    "Light",
    "PointForecast",
    "QueueOverDay",
    "Saving",
    "Settings",
    "Waits",
    "forecast_to_json",
    "queue_over_day",
    "simulate",
]

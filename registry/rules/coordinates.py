"""Coordinates by their names, and metres on the ground. Pure.

The three systems differ by up to 700 m in one city: WGS-84 is what GPS and OpenStreetMap say, GCJ-02 what maps in China show
(Amap, Tencent), BD-09 what Baidu shows. Kept are metres east and north of the community's origin, which is WGS-84.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

import prcoords
from geographiclib.geodesic import Geodesic

from registry.rules import Position

FARTHEST = 1_000_000.0  # metres from the origin: further is no position in a community
FAR_APART = 20_000.0  # metres from the middle of all: more is a slip of the pen and no large community
# Where GCJ-02 shifts anything: the box that every implementation uses (googollee/eviltransform, Artoria2e5/PRCoords).
CHINA = (0.8293, 55.8271, 72.004, 137.8347)  # south, north, west, east


class System(StrEnum):
    """What two numbers of a position are."""

    METRES = "metres"  # east and north of the origin
    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


@dataclass(frozen=True, slots=True)
class Degrees:
    latitude: float
    longitude: float


class Fault(StrEnum):
    """What is wrong with two numbers."""

    NOT_NUMBERS = "not_numbers"
    OUT_OF_RANGE = "out_of_range"
    SWAPPED = "swapped"  # in the order latitude, longitude they would be in China; as they stand they are not
    ZERO = "zero"  # an empty field of another program
    NOT_IN_CHINA = "not_in_china"  # of a system that is used there alone


def judge_degrees(system: System, latitude: float, longitude: float) -> Fault | None:
    """What is wrong with a latitude and a longitude; None = nothing that can be told from the two alone."""
    if not (math.isfinite(latitude) and math.isfinite(longitude)):
        return Fault.NOT_NUMBERS
    if latitude == longitude == 0:
        return Fault.ZERO
    if not _in_china(latitude, longitude) and _in_china(longitude, latitude):
        return Fault.SWAPPED
    if abs(latitude) > 85 or abs(longitude) > 180:
        return Fault.OUT_OF_RANGE
    if system in (System.GCJ02, System.BD09) and not _in_china(latitude, longitude):
        return Fault.NOT_IN_CHINA
    return None


def _in_china(latitude: float, longitude: float) -> bool:
    south, north, west, east = CHINA
    return south < latitude < north and west < longitude < east


def to_wgs84(system: System, degrees: Degrees) -> Degrees:
    """The same place in WGS-84, to a few centimetres. The library's inverse is found by trying, not the usual rough one."""
    given = prcoords.Coords(degrees.latitude, degrees.longitude)
    if system is System.GCJ02:
        given = prcoords.gcj_wgs_bored(given, check_china=False)
    elif system is System.BD09:
        # In two steps: the one of the library sums both errors and ends earlier (prcoords 1.0.2).
        given = prcoords.gcj_wgs_bored(prcoords.bd_gcj_bored(given), check_china=False)
    return Degrees(given.lat, given.lon)


def metres_from(origin: Degrees, place: Degrees) -> Position:
    """Metres east and north, by direction and length of the geodesic (azimuthal equidistant): 1 mm in 5 km, 3 m in 100 km."""
    line = Geodesic.WGS84.Inverse(origin.latitude, origin.longitude, place.latitude, place.longitude)
    direction = math.radians(line["azi1"])
    return Position(round(line["s12"] * math.sin(direction), 2), round(line["s12"] * math.cos(direction), 2))


def middle_of(places: Sequence[Degrees]) -> Degrees:
    """An origin for a community that has none: the middle of its places, so that numbers stay small. Needs one at least."""
    latitudes, longitudes = [p.latitude for p in places], [p.longitude for p in places]
    return Degrees(round(median(latitudes), 6), round(median(longitudes), 6))


def far_away(positions: Mapping[str, tuple[float, float]]) -> list[str]:
    """Names of those that lie so far from the middle of all that somebody has mistyped them. Two alone are both doubtful."""
    if len(positions) < 2:
        return []
    x, y = median(at[0] for at in positions.values()), median(at[1] for at in positions.values())
    return [name for name, at in positions.items() if math.dist(at, (x, y)) > FAR_APART]

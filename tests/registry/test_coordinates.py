"""Coordinates: three systems, metres on the ground, and the slips people make."""

import csv
import math
from pathlib import Path

import prcoords
import pytest
from geographiclib.geodesic import Geodesic

from registry.rules.coordinates import (
    Degrees,
    Fault,
    System,
    far_away,
    judge_degrees,
    metres_from,
    middle_of,
    to_wgs84,
)

REAL = Path(__file__).resolve().parents[3].joinpath("shared/data/real")
GATE = Degrees(39.915, 116.404)  # an example that implementations are compared with


def metres_between(one: Degrees, other: Degrees) -> float:
    return Geodesic.WGS84.Inverse(one.latitude, one.longitude, other.latitude, other.longitude)["s12"]


def shown_in(system: System, place: Degrees) -> Degrees:
    """What a map of this system shows for a place."""
    show = {System.GCJ02: prcoords.wgs_gcj, System.BD09: prcoords.wgs_bd}.get(system, lambda at: at)
    return Degrees(*show(prcoords.Coords(place.latitude, place.longitude)))


def real_places() -> list[Degrees]:
    files = ("wuhan_buildings.csv", "hk_estates.csv", "hk_venues.csv")
    rows = [row for name in files for row in csv.DictReader((REAL / name).open(encoding="utf-8"))]
    return [Degrees(float(row["lat"]), float(row["lon"])) for row in rows]


def degrees_of(origin: Degrees, x: float, y: float) -> Degrees:
    """The place in WGS-84 that lies so many metres east and north of the origin."""
    direction = math.degrees(math.atan2(x, y))
    end = Geodesic.WGS84.Direct(origin.latitude, origin.longitude, direction, math.hypot(x, y))
    return Degrees(end["lat2"], end["lon2"])


def test_the_systems_differ_by_what_is_known():
    # Published for 116.404, 39.915: GCJ-02 116.41024449916938, 39.91640428150164 (wandergis/coordtransform).
    gcj = shown_in(System.GCJ02, GATE)

    assert (gcj.longitude, gcj.latitude) == pytest.approx((116.41024449916938, 39.91640428150164), abs=1e-9)
    assert 400 < metres_between(GATE, gcj) < 700
    assert metres_between(to_wgs84(System.GCJ02, Degrees(39.91640428150164, 116.41024449916938)), GATE) < 0.01


@pytest.mark.parametrize("system", [System.GCJ02, System.BD09])
@pytest.mark.parametrize("latitude", [18.3, 22.3, 30.5, 39.9, 45.8])
def test_what_a_map_shows_is_led_back_to_a_few_centimetres(system, latitude):
    for longitude in (87.6, 104.07, 114.39, 121.47):
        place = Degrees(latitude, longitude)

        assert metres_between(to_wgs84(system, shown_in(system, place)), place) < 0.05


@pytest.mark.parametrize("latitude", [0.0, 22.3, 39.9, 53.0])
def test_distances_within_five_kilometres_are_those_of_the_ground(latitude):
    origin = Degrees(latitude, 114.39)
    corners = [degrees_of(origin, x, y) for x in (-3500, 0, 3500) for y in (-3500, 200, 3500)]
    flat = [metres_from(origin, place) for place in corners]

    for i, one in enumerate(corners):
        for j, other in enumerate(corners[:i]):
            on_paper = math.dist((flat[i].x, flat[i].y), (flat[j].x, flat[j].y))
            assert abs(on_paper - metres_between(one, other)) < 0.05


@pytest.mark.skipif(not REAL.exists(), reason="reads ../shared, which is not beside this clone")
@pytest.mark.parametrize("system", [System.WGS84, System.GCJ02, System.BD09])
def test_real_places_are_led_back_whichever_map_they_were_read_from(system):
    places = real_places()
    origin = middle_of(places[:236])

    for place in places:
        wgs = to_wgs84(system, shown_in(system, place))
        position = metres_from(origin, wgs)
        back = degrees_of(origin, position.x, position.y)
        assert metres_between(wgs, place) < 0.05
        assert metres_between(back, wgs) < 0.05

    assert len(places) > 250


@pytest.mark.parametrize(
    ("system", "latitude", "longitude", "fault"),
    [
        (System.WGS84, 30.5, 114.4, None),
        (System.WGS84, 114.4, 30.5, Fault.SWAPPED),
        (System.BD09, 0, 0, Fault.ZERO),
        (System.WGS84, math.nan, 114, Fault.NOT_NUMBERS),
        (System.WGS84, 91, 181, Fault.OUT_OF_RANGE),
        (System.WGS84, 48.86, 2.35, None),
        (System.GCJ02, 48.86, 2.35, Fault.NOT_IN_CHINA),
    ],
)
def test_slips_are_noticed(system, latitude, longitude, fault):
    assert judge_degrees(system, latitude, longitude) == fault


def test_a_building_a_hundred_kilometres_off_is_noticed():
    positions = {f"{n}栋": (50.0 * n, 0.0) for n in range(5)}

    assert far_away({**positions, "9栋": (100_000.0, 3.0)}) == ["9栋"]
    assert far_away(positions) == []
    assert far_away({"1栋": (0.0, 0.0), "2栋": (100_000.0, 0.0)}) == ["1栋", "2栋"]

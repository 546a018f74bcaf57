"""QR codes as one SVG path, small enough to stand in a page and sharp at every size on paper."""

from collections import defaultdict

import qrcode
from qrcode.constants import ERROR_CORRECT_Q

QUIET_ZONE = 4  # modules of white on each side, ISO/IEC 18004

Modules = list[list[bool]]
Corner = tuple[int, int]


def qr_modules(text: str) -> Modules:
    """Give the dark modules of `text` at level Q in the smallest version, row by row, without the quiet zone.

    Upper case is read as alphanumeric: `HTTPS://HOST/Q/` + 16 characters (`bulou.links.code_url`) is version 3.
    """
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_Q, border=0)
    code.add_data(text)
    code.make(fit=True)
    return [[bool(module) for module in row] for row in code.modules]


def qr_svg(text: str, *, module: int | None = None) -> str:
    """Draw `text` as an SVG image with its quiet zone, black on white, the modules in one path.

    `module` is the width of one module in pixels; None leaves the size to whoever shows the image.
    """
    return draw_modules(qr_modules(text), module=module)


def draw_modules(modules: Modules, *, module: int | None = None) -> str:
    """The same from modules already made: making them takes most of the time."""
    width = len(modules) + 2 * QUIET_ZONE
    size = f' width="{width * module}" height="{width * module}"' if module else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg"{size} viewBox="0 0 {width} {width}">'
        f'<path fill="#fff" d="M0 0h{width}v{width}H0z"/><path d="{_outline(modules)}"/></svg>'
    )


def _outline(modules: Modules) -> str:
    """Walk around every dark shape. Unlike one square for each module this is short, and leaves no hairlines."""
    edges = _border_edges(modules)
    path = []
    x = y = 0  # an SVG path starts here, and after `z` it is back where its shape began
    while edges:
        start = next(iter(edges))
        path.append(_loop(edges, start, f"m{start[0] + QUIET_ZONE - x} {start[1] + QUIET_ZONE - y}"))
        x, y = start[0] + QUIET_ZONE, start[1] + QUIET_ZONE
    return "".join(path).replace(" -", "-")


def _border_edges(modules: Modules) -> dict[Corner, list[Corner]]:
    """Give the sides between dark and light, each as corner → next corner with the dark module on the right."""
    dark = dict.fromkeys((x, y) for y, row in enumerate(modules) for x, is_dark in enumerate(row) if is_dark)
    edges: dict[Corner, list[Corner]] = defaultdict(list)
    for x, y in dark:
        sides = (
            ((x, y - 1), (x, y), (x + 1, y)),
            ((x + 1, y), (x + 1, y), (x + 1, y + 1)),
            ((x, y + 1), (x + 1, y + 1), (x, y + 1)),
            ((x - 1, y), (x, y + 1), (x, y)),
        )
        for neighbour, here, there in sides:
            if neighbour not in dark:
                edges[here].append(there)
    return edges


def _loop(edges: dict[Corner, list[Corner]], start: Corner, path: str) -> str:
    """Use up the edges of one closed shape, writing straight runs as one step."""
    here, run_x, run_y = start, 0, 0
    while True:
        there = edges[here].pop()
        if not edges[here]:
            del edges[here]
        step_x, step_y = there[0] - here[0], there[1] - here[1]
        if (run_x and step_y) or (run_y and step_x):
            path += f"h{run_x}" if run_x else f"v{run_y}"
            run_x = run_y = 0
        run_x, run_y, here = run_x + step_x, run_y + step_y, there
        if here == start:
            return path + "z"  # draws the last run

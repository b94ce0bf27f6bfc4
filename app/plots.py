"""Plots: small SVG pictures made here, so that a page of figures needs no script and no network."""

from __future__ import annotations

from collections.abc import Sequence

WIDTH, HEIGHT, EDGE = 360, 300, 46
POINTS = 200
STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;color:#1f2933;max-width:980px;margin:2rem auto;padding:0 1rem}"
    "main{display:grid;grid-template-columns:repeat(auto-fit,minmax(380px,1fr));gap:1rem}figure{margin:0}"
    "figcaption{font-weight:600}pre{overflow:auto;background:#f5f7fa;padding:1rem}svg text{font-size:12px;fill:#3e4c59}"
)
Points = Sequence[tuple[float, float]]


def page(title: str, body: str) -> str:
    """A whole document."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style></head>'
        f"<body><h1>{title}</h1>{body}</body></html>\n"
    )


def thinned(points: Points) -> list[tuple[float, float]]:
    """Few enough to draw; the first and the last stay."""
    step = max(1, len(points) // POINTS)
    return [*points[::step], *points[-1:]]


def curve(points: Points, across: str, up: str) -> str:
    """A line in the unit square."""
    if not points:
        return "<p>nothing to draw</p>"
    drawn = " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in points)
    return _square(f'<polyline points="{drawn}" fill="none" stroke="#186146" stroke-width="2"/>', across, up)


def reliability(bins: Sequence[tuple[float, float, int]]) -> str:
    """Dots on the diagonal are honest; the larger, the more messages."""
    most = max((count for *_, count in bins), default=1)
    dots = "".join(
        f'<circle cx="{_x(said):.1f}" cy="{_y(right):.1f}" r="{4 + 10 * (count / most) ** 0.5:.1f}" fill="#186146" fill-opacity=".6">'
        f"<title>{count} messages: said {said:.0%}, right {right:.0%}</title></circle>"
        for said, right, count in bins
    )
    line = f'<line x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}" stroke="#9aa5b1" stroke-dasharray="4"/>'
    return _square(line + dots, "confidence", "share right")


def matrix(counts: Sequence[Sequence[int]], names: Sequence[str]) -> str:
    """Each cell shaded by its share of the row."""
    side, cells = 70, []
    for row, (name, line) in enumerate(zip(names, counts, strict=True)):
        cells.append(f'<text x="{EDGE - 12}" y="{EDGE + side * row + 40}" text-anchor="end">{name}</text>')
        cells.append(f'<text x="{EDGE + side * row + 35}" y="{EDGE - 10}" text-anchor="middle">{name}</text>')
        for column, count in enumerate(line):
            share = count / max(1, sum(line))
            x, y = EDGE + side * column, EDGE + side * row
            ink = "#fff" if share > 0.5 else "#1f2933"
            cells.append(
                f'<rect x="{x}" y="{y}" width="{side - 2}" height="{side - 2}" fill="#186146" fill-opacity="{0.06 + 0.94 * share:.2f}"/>'
                f'<text x="{x + 34}" y="{y + 40}" text-anchor="middle" style="fill:{ink}">{count}</text>'
            )
    return _svg("".join(cells), "Confusion matrix of tiers")


def _square(inside: str, across: str, up: str) -> str:
    marks = "".join(
        f'<text x="{_x(at)}" y="{HEIGHT - EDGE + 18}" text-anchor="middle">{at:g}</text>'
        f'<text x="{EDGE - 8}" y="{_y(at) + 4}" text-anchor="end">{at:g}</text>'
        for at in (0, 0.5, 1)
    )
    frame = (
        f'<rect x="{_x(0)}" y="{_y(1)}" width="{_x(1) - _x(0)}" height="{_y(0) - _y(1)}" fill="none" stroke="#9aa5b1"/>'
    )
    labels = (
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 8}" text-anchor="middle">{across}</text>'
        f'<text x="14" y="{HEIGHT / 2}" text-anchor="middle" transform="rotate(-90 14 {HEIGHT / 2})">{up}</text>'
    )
    return _svg(frame + marks + labels + inside, f"{up} by {across}")


def _svg(inside: str, label: str) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{label}">{inside}</svg>'


def _x(share: float) -> float:
    return EDGE + share * (WIDTH - EDGE - 14)


def _y(share: float) -> float:
    return HEIGHT - EDGE - share * (HEIGHT - EDGE - 14)

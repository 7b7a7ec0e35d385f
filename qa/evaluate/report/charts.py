"""Plots as inline SVG, coloured by the page's style sheet, so that they follow light, dark and print."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

_WIDTH, _HEIGHT = 420, 270
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 20, 14, 42


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis from ``low`` to ``high`` with ``ticks``, written with ``form`` (a format specification)."""

    label: str
    low: float
    high: float
    ticks: Sequence[float]
    form: str = ".0%"


@dataclass(frozen=True, slots=True)
class Line:
    """Points joined up; ``style`` is a class of the style sheet: ``main``, ``second``, ``faint``."""

    label: str
    points: Sequence[tuple[float, float]]
    style: str = "main"
    dots: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar from ``left`` to ``right`` on the x axis, ``height`` on the y axis; ``label`` is shown when pointed at."""

    left: float
    right: float
    height: float
    label: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A vertical line at ``x`` with a word beside it."""

    x: float
    label: str


PERCENT = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def chart(
    described: str,
    x: Axis,
    y: Axis,
    lines: Sequence[Line] = (),
    bars: Sequence[Bar] = (),
    marks: Sequence[Mark] = (),
    legend_below: bool = False,
) -> Markup:
    """An SVG with axes and what is drawn on them; ``described`` is what a screen reader says.

    The lines are named in the upper left corner, or in the lower right one for curves that rise.
    """
    place = _Place(x, y)
    parts = [*_axes(place)]
    parts += [_bar(place, bar) for bar in bars]
    parts += [_mark(place, mark) for mark in marks]
    for line in lines:
        parts.append(_line(place, line))
    parts += _legend(lines, legend_below)
    return Markup(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}" xmlns="http://www.w3.org/2000/svg">{}</svg>'
    ).format(_WIDTH, _HEIGHT, described, Markup("").join(parts))


def thinned(points: Sequence[tuple[float, float]], most: int = 240) -> list[tuple[float, float]]:
    """At most ``most`` of the points, the first and last among them: a curve of thousands needs no more."""
    if len(points) <= most:
        return list(points)
    step = (len(points) - 1) / (most - 1)
    return [points[round(number * step)] for number in range(most)]


def nice_ticks(high: float) -> list[float]:
    """At most six round numbers from 0 on, the last of which reaches ``high`` (above 0)."""
    steps = (size * 10.0**power for power in range(-6, 12) for size in (1, 2, 5))
    step = next(step for step in steps if high / step <= 5)
    return [number * step for number in range(math.ceil(high / step) + 1)]


class _Place:
    """From values to where they stand in the picture."""

    def __init__(self, x: Axis, y: Axis) -> None:
        self.x, self.y = x, y

    def across(self, value: float) -> float:
        share = (value - self.x.low) / ((self.x.high - self.x.low) or 1)
        return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)

    def up(self, value: float) -> float:
        share = (value - self.y.low) / ((self.y.high - self.y.low) or 1)
        return round(_HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM), 1)


def _axes(place: _Place) -> list[Markup]:
    parts = []
    left, right = place.across(place.x.low), place.across(place.x.high)
    bottom = place.up(place.y.low)
    for tick in place.y.ticks:
        up = place.up(tick)
        parts.append(Markup('<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(left, right, up, up))
        parts.append(_text(left - 6, up + 3.5, format(tick, place.y.form), "end"))
    for tick in place.x.ticks:
        parts.append(_text(place.across(tick), bottom + 15, format(tick, place.x.form), "middle"))
    parts.append(Markup('<line class="axis" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(left, right, bottom, bottom))
    parts.append(_text((left + right) / 2, _HEIGHT - 6, place.x.label, "middle", "label"))
    middle = (_TOP + _HEIGHT - _BOTTOM) / 2
    turned = Markup('<text class="label" text-anchor="middle" transform="translate(12 {}) rotate(-90)">{}</text>')
    parts.append(turned.format(middle, place.y.label))
    return parts


def _line(place: _Place, line: Line) -> Markup:
    points = [(place.across(x), place.up(y)) for x, y in line.points]
    drawn = Markup('<polyline class="line {}" points="{}"/>').format(
        line.style, " ".join(f"{x},{y}" for x, y in points)
    )
    if not line.dots:
        return drawn
    said = [f"{format(x, place.x.form)}: {y:.3f}" for x, y in line.points]
    dots = [
        Markup('<circle class="dot {}" cx="{}" cy="{}" r="3.5"><title>{}</title></circle>').format(
            line.style, x, y, words
        )
        for (x, y), words in zip(points, said, strict=True)
    ]
    return Markup("").join([drawn, *dots])


def _bar(place: _Place, bar: Bar) -> Markup:
    left, right, top = place.across(bar.left) + 1, place.across(bar.right) - 1, place.up(bar.height)
    return Markup('<rect class="bar" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>').format(
        left, top, max(round(right - left, 1), 1), max(round(place.up(place.y.low) - top, 1), 0), bar.label
    )


def _mark(place: _Place, mark: Mark) -> Markup:
    at = place.across(mark.x)
    near_the_end = at > _WIDTH * 0.7
    line = Markup('<line class="marker" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(at, at, _TOP, place.up(place.y.low))
    return line + _text(at + (-5 if near_the_end else 5), _TOP + 9, mark.label, "end" if near_the_end else "start")


def _legend(lines: Sequence[Line], below: bool) -> list[Markup]:
    named = [line for line in lines if line.label]
    left = _WIDTH * 0.6 if below else _LEFT + 10
    top = _HEIGHT - _BOTTOM - 15 * len(named) if below else _TOP + 6
    parts = []
    for number, line in enumerate(named):
        up = top + number * 15
        drawn = Markup('<line class="line {}" x1="{}" x2="{}" y1="{}" y2="{}"/>')
        parts.append(drawn.format(line.style, left, left + 20, up, up))
        parts.append(_text(left + 26, up + 3.5, line.label, "start"))
    return parts


def _text(x: float, y: float, words: str, anchor: str, style: str = "tick") -> Markup:
    return Markup('<text class="{}" x="{}" y="{}" text-anchor="{}">{}</text>').format(style, x, y, anchor, words)

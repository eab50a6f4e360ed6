"""The eight main pictures against pictures that were looked at and kept, and against ones that say something else.

After a change that was meant: remake them with ``python tests/golden/pictures/test_pictures.py``, and look at each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.image import imread, imsave
from matplotlib.text import Text

import workforce_metrics as wm
from workforce_metrics.extracts import StaffSurvey

mpl.use("Agg")

HERE = Path(__file__).parent
DPI = 60
SAME = 5.0
"""Root mean square difference of two pictures' grey levels (0 to 255) up to which they are the same. Pictures are
compared without their letters, which each release of matplotlib draws in its own way (3.8 to 3.11 differ by 3.0 at most
in the rest); what the letters say is tested in tests/unit. Another number moves marks by more: the second test."""

SCORES = ["burnout", "morale", "team_working", "staff_engagement"]


@cache
def survey(edition: int = 2024) -> StaffSurvey:
    extract = wm.simulate_staff_survey(1_500, seed=edition, n_organisations=8, edition=edition).extract
    return wm.read_staff_survey(extract, edition=edition, weight="weight")


@cache
def cohort() -> wm.Cohort:
    extract = wm.simulate_register(3_000, seed=1).extract
    columns = {"person_id": "PIN", "joined": "First registration", "left": "Lapsed", "reason": "Lapse reason"}
    window = {"observed_from": "2018-04-01", "observed_to": "2025-03-31"}
    register = wm.read_register(
        extract, columns=columns, **window, date_formats=["%Y-%m-%d"], definition="left the register"
    )
    return wm.build_cohort(register, horizon_years=5, causes=wm.leaving_causes())


def survival_curves(*, otherwise: bool) -> Axes:
    return wm.kaplan_meier(cohort(), by="age_band" if otherwise else "route").plot()


def incidence_by_cause(*, otherwise: bool) -> Axes:
    return wm.cumulative_incidence(cohort(), by="route" if otherwise else None).plot()


def estimates_by_group(*, otherwise: bool) -> Axes:
    return wm.estimate(survey(), "burnout", by="org_name", conf_level=0.8 if otherwise else 0.95).plot()


def funnel_of_groups(*, otherwise: bool) -> Axes:
    by_organisation = wm.estimate(survey(), "share:think_about_leaving", by="org_name")
    return wm.funnel(by_organisation, target=0.31 if otherwise else None).plot()


def trend_over_editions(*, otherwise: bool) -> Axes:
    years = (2022, 2023, 2024) if otherwise else (2021, 2022, 2023, 2024)
    return wm.trend([survey(year) for year in years], "burnout").plot()


def answers_to_items(*, otherwise: bool) -> Axes:
    table = wm.likert(survey(2023 if otherwise else 2024), ["burnout_burnt_out", "think_about_leaving"])
    return table.plot(ax=plt.subplots(figsize=(9.0, 3.0))[1])


def heat_map_of_scores(*, otherwise: bool) -> Axes:
    return wm.estimate(survey(), SCORES[:3] if otherwise else SCORES, by="org_name").plot(kind="heatmap")


def change_in_leavers(*, otherwise: bool) -> Axes:
    before = pd.DataFrame({"exposure": [190_700.0], "n_event": [2_401.0]})
    after = pd.DataFrame({"exposure": [218_800.0], "n_event": [3_201.0 if otherwise else 3_001.0]})
    return wm.decompose_leavers(before, after).plot()


PICTURES: dict[str, Callable[..., Axes]] = {
    made.__name__: made
    for made in (
        survival_curves, incidence_by_cause, estimates_by_group, funnel_of_groups, trend_over_editions,
        answers_to_items, heat_map_of_scores, change_in_leavers,
    )
}  # fmt: skip


@pytest.fixture(autouse=True)
def _closed_figures() -> Iterator[None]:
    yield
    plt.close("all")


def grey(axes: Axes) -> npt.NDArray[np.float64]:
    figure = axes.figure.canvas.figure
    figure.set_dpi(DPI)
    figure.canvas.draw()
    for text in figure.findobj(Text):
        text.set_visible(False)
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba(), dtype=np.float64)[..., :3].mean(axis=2)


def kept(name: str) -> npt.NDArray[np.float64]:
    return 255.0 * imread(HERE / f"{name}.png")[..., 0]


def difference(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean((one - other) ** 2))) if one.shape == other.shape else np.inf


@pytest.mark.parametrize("name", PICTURES)
def test_picture_is_the_one_that_was_looked_at(name: str) -> None:
    assert difference(grey(PICTURES[name](otherwise=False)), kept(name)) <= SAME


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_that_says_something_else_is_told_apart(name: str) -> None:
    assert difference(grey(PICTURES[name](otherwise=True)), kept(name)) > SAME


if __name__ == "__main__":
    for picture, draw in PICTURES.items():
        imsave(HERE / f"{picture}.png", grey(draw(otherwise=False)), cmap="gray", vmin=0, vmax=255)
        again = {other: grey(draw(otherwise=other)) for other in (False, True)}
        print(picture, {other: round(difference(seen, kept(picture)), 2) for other, seen in again.items()})  # noqa: T201
        plt.close("all")

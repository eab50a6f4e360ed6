"""The whole job once, on real published figures and on simulated extracts.

Run it from the repository with ``python examples/quickstart.py``; tables and pictures go to ``output/``.
Every number says whether it is real or simulated.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import workforce_metrics as wm

OUTPUT = Path("output")


def main() -> None:
    OUTPUT.mkdir(exist_ok=True)
    pd.set_option("display.width", 120, "display.max_columns", 20)
    early_leavers_headline()
    burnout_four_editions()
    published_cohort()
    extract_to_indicators()
    register_to_leaving()
    print(f"\nTables and pictures are in {OUTPUT}/. Next: docs/index.md")


# %% (a) "25 % more nurses left within five years": a count, or a risk?
def early_leavers_headline() -> None:
    heading("(a) REAL: NMC early leavers 2022-23 and 2023-24. Count or risk?")
    published = wm.load_published_register().query("body == 'NMC' and group == 'all'").set_index(["measure", "period"])
    joiners = published.xs("joiners (first time)")["estimate"]
    early = published.xs("leavers on register 5 years or less")
    left_before, left_after = early.loc["2022-23", "estimate"], 1.25 * early.loc["2022-23", "estimate"]

    full_years = joiners["2018-19"] + joiners["2019-20"] + joiners["2020-21"] + joiners["2021-22"]
    after = full_years - joiners["2018-19"] / 2 + joiners["2022-23"] + joiners["2023-24"] / 2
    rows, changes = [], {}
    for joined_2017_18 in (20_000, 25_500, 31_000):
        before = full_years + joiners["2022-23"] / 2 + joined_2017_18 / 2
        change = wm.decompose_leavers(
            pd.DataFrame({"exposure": [before], "n_event": [left_before]}),
            pd.DataFrame({"exposure": [after], "n_event": [left_after]}),
        )
        effect = change.frame.set_index("term")
        rows.append(
            {
                "joiners 2017-18 (assumed)": f"{joined_2017_18:,}",
                "more people": f"{effect.loc['people at risk', 'estimate']:+.0f}",
                "higher risk": f"{effect.loc['risk', 'estimate']:+.0f}",
                "95 % interval": "{conf_low:+.0f} to {conf_high:+.0f}".format(**effect.loc["risk"]),
                "risk a year": f"{left_before / before:.2%} to {left_after / after:.2%}",
                "risk ratio": f"{change.risk_ratio:.3f}",
            }
        )
        changes[joined_2017_18] = change
    print(f"Leavers with five years or less: {left_before:,.0f} to about {left_after:,.0f}, +25 % in number.")
    low, *_, high = (change.risk_ratio - 1 for change in changes.values())
    print("The joiners of 2017-18 are not published. Over a wide range of guesses, more people at risk explain")
    print(f"about half of the rise or more, and the risk itself rose by {low:.0%} to {high:.0%}:")
    show(pd.DataFrame(rows))
    changes[25_500].frame.to_csv(OUTPUT / "early_leavers_decomposition_real.csv", index=False)
    save(
        changes[25_500],
        "early_leavers_decomposition_real",
        "Real: NMC, 2022-23 to 2023-24",
    )


# %% (b) Burnout in four editions, from the published counts of each answer to one question
def burnout_four_editions() -> None:
    heading("(b) REAL: 'burnt out because of work' (q12b), England, unweighted published counts")
    counts = wm.load_published_staff_survey().query(
        "concept == 'burnout_burnt_out' and measure == 'unweighted count' and option.notna()"
    )
    item = wm.nhs_staff_survey(2024).items["burnout_burnt_out"]
    code = counts["option"].str.casefold().map(item.scale.code_of_label)
    one_each = counts.index.repeat(counts["estimate"].astype(int))
    respondents = pd.DataFrame(
        {
            "edition": counts["edition"].loc[one_each].to_numpy(),
            "often or always": code.isin(item.counted).loc[one_each].to_numpy(),
            "item score 0-10": code.map(item.values).loc[one_each].to_numpy(),
        }
    )
    table = wm.estimate(respondents, ["often or always", "item score 0-10"], by="edition")
    show(table.frame[["edition", "indicator", "estimate", "conf_low", "conf_high", "n"]].round(4))
    print("A higher score is less burnout. Intervals treat respondents as a simple random sample of staff.")
    table.frame.to_csv(OUTPUT / "burnout_by_edition_real.csv", index=False)
    save(table, "burnout_by_edition_real", "Real: NHS Staff Survey q12b, England, unweighted")


# %% (c) A published cohort, followed for twelve years
def published_cohort() -> None:
    heading("(c) REAL: 3,941 special educators hired in Michigan (Singer & Willett 2003, table 10.1)")
    table = wm.RiskTable.from_counts(wm.load_special_educators(), definition="left special education in Michigan")
    risk = wm.leaving_within(table, years=5)
    print(
        "Leaving within five years: {estimate:.1%} (95 % interval {conf_low:.1%} to {conf_high:.1%})".format(
            **risk.frame.iloc[0]
        )
    )
    curve = wm.kaplan_meier(table)
    show(curve.at([1, 2, 3, 4, 5, 10])[["time", "estimate", "conf_low", "conf_high", "n_risk"]].round(3))
    curve.frame.to_csv(OUTPUT / "special_educators_real.csv", index=False)
    save(curve, "special_educators_real", "Real: Singer & Willett (2003), table 10.1")


# %% (d) From a messy survey extract to a table that is safe to publish
def extract_to_indicators() -> None:
    heading("(d) SIMULATED: a staff-survey extract with warts, read, scored, estimated, suppressed")
    simulated = wm.simulate_staff_survey(4_000, seed=7, n_organisations=12, warts=True)
    simulated.extract.to_csv(OUTPUT / "staff_survey_simulated.csv", index=False)
    survey = wm.read_staff_survey(
        OUTPUT / "staff_survey_simulated.csv", edition=2024, respondent_id="respondent_id", weight="weight"
    )
    print(survey.report)
    show(survey.report.frame.query("action != 'note'").head(12))
    design = wm.SurveyDesign(weight="weight", cluster="team", stratum="org_id")
    indicators = ["burnout", "team_working", "thinking_about_leaving", "share:burnout_burnt_out"]
    by_organisation = wm.suppress(wm.estimate(survey, indicators, by="org_name", design=design))
    burnout = by_organisation.frame.query("indicator == 'burnout'")
    show(burnout[["org_name", "estimate", "conf_low", "conf_high", "n"]].round(2))
    in_detail = wm.suppress(wm.estimate(survey, indicators, by=["org_name", "staff_group"], design=design), min_n=11)
    withheld = in_detail.frame["suppressed"]
    print(
        f"By staff group too: {withheld.sum()} of {len(withheld)} cells withheld: small ones, and what protects them."
    )
    in_detail.frame.to_parquet(OUTPUT / "indicators_by_staff_group_simulated.parquet")
    save(by_organisation, "indicators_by_organisation_simulated", "Simulated: nobody in this picture exists")


# %% (e) From a messy register extract to five-year leaving, with delayed entry
def register_to_leaving() -> None:
    heading("(e) SIMULATED: a register extract with warts, five-year leaving by route")
    simulated = wm.simulate_register(20_000, seed=7, warts=True)
    simulated.extract.to_csv(OUTPUT / "register_simulated.csv", index=False)
    register = wm.read_register(
        OUTPUT / "register_simulated.csv",
        columns={"person_id": "PIN", "joined": "First registration", "left": "Lapsed", "reason": "Lapse reason"},
        observed_from="2018-04-01",
        observed_to="2025-03-31",
        date_formats=["%Y-%m-%d", "%d/%m/%Y"],
        rejoin_within_days=183,
        definition="left the register (simulated)",
    )
    print(register.report)
    show(register.report.frame.query("action != 'note'"))
    cohort = wm.build_cohort(register, horizon_years=5)
    table = wm.suppress(wm.leaving_within(cohort, years=5, by="route")).frame
    show(table[["route", "estimate", "conf_low", "conf_high", "n", "n_event", "suppressed"]].round(3))
    truth = simulated.truth["risk"].query("time == 5")
    print("True risks, known because simulated:", dict(zip(truth["route"], truth["estimate"].round(3), strict=True)))
    wm.risk_table(cohort, by="route").frame.to_parquet(OUTPUT / "risk_table_simulated.parquet")
    table.to_csv(OUTPUT / "leaving_within_five_years_simulated.csv", index=False)
    save(wm.kaplan_meier(cohort, by="route"), "staying_by_route_simulated", "Simulated: nobody exists")


def heading(text: str) -> None:
    print(f"\n{text}\n{'-' * len(text)}")


def show(table: pd.DataFrame) -> None:
    print(table.to_string(index=False))


def save(result: wm.results.Result, name: str, source: str) -> None:
    figure = result.plot().figure
    figure.text(0.01, -0.02, source, fontsize=8, color="0.35")
    figure.savefig(OUTPUT / f"{name}.png", dpi=150, bbox_inches="tight")


if __name__ == "__main__":
    main()

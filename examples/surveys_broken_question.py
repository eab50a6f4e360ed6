"""
Can this year be compared with the last?
========================================

Data: simulated. Four editions of a staff survey, 4,000 respondents each; nobody in them
exists. Real: which question was reworded, when, from the published codebooks that
`nhs_staff_survey` carries.

Questions change: number, wording, options. `trend` joins editions by concept, and
leaves a gap where a line would compare what is not the same.
"""

import workforce_metrics as wm

# %%
# Four editions, each read with its own codebook
# ----------------------------------------------
editions = []
for year in (2022, 2023, 2024, 2025):
    made = wm.simulate_staff_survey(4_000, seed=5, edition=year, n_organisations=8)
    editions.append(
        wm.read_staff_survey(
            made.extract, edition=year, respondent_id="respondent_id", weight="weight"
        )
    )
    item = wm.nhs_staff_survey(year).items["think_about_leaving"]
    print(f"{year}: thinking about leaving was asked as {item.columns[0]}")

# %%
# Where a line may be drawn, and where not
# ----------------------------------------
design = wm.SurveyDesign(weight="weight", cluster="team")
lines = wm.trend(
    editions,
    ["share:think_about_leaving", "share:fair_career_progression"],
    design=design,
)
broken = lines.frame.query("break_before != ''")
for row in broken.to_dict("records"):
    print("{edition}: a break, {break_before}".format(**row))
lines.plot().figure.suptitle("Simulated: nobody in it exists", size=9)

# %%
# What changed, of what can be compared
# -------------------------------------
change = wm.trend_test(
    editions, "share:think_about_leaving", design=design, adjust="holm"
)
points = "{:+.1f} percentage points ({:+.1f} to {:+.1f})"
for row in change.frame.query("term == 'difference'").to_dict("records"):
    moved = (100 * row[name] for name in ("estimate", "conf_low", "conf_high"))
    print(f"{row['edition']}: {points.format(*moved)}, p = {row['p_adjusted']:.2f}")

"""The published national figures are reproduced from the published counts."""

import pytest

import workforce_metrics as wm

PUBLISHED = {2021: (0.3415, 4.838), 2022: (0.3366, 4.869), 2023: (0.3008, 5.078), 2024: (0.3002, 5.065)}


@pytest.mark.parametrize("edition", PUBLISHED)
def test_burnt_out_share_and_item_score(edition: int) -> None:
    """Shares of Often and Always, and the 0-10 item mean, as derived by others from the same counts."""
    rows = wm.load_published_staff_survey().query(
        "edition == @edition and concept == 'burnout_burnt_out' and measure == 'unweighted count' and option.notna()"
    )
    item = wm.nhs_staff_survey(edition).items["burnout_burnt_out"]
    code = rows["option"].str.casefold().map(item.scale.code_of_label)
    answers = rows["estimate"]

    share = answers[code.isin(item.counted)].sum() / answers.sum()
    score = (answers * code.map(item.values)).sum() / answers.sum()

    assert (round(share, 4), round(score, 3)) == PUBLISHED[edition]

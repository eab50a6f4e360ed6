"""Payroll leaving reasons and the causes that they suggest."""

from __future__ import annotations

from workforce_metrics.codebooks.leaving_reasons import leaving_causes, load_leaving_reasons


def test_every_reason_has_one_label_a_group_and_a_class() -> None:
    reasons = load_leaving_reasons()

    assert reasons.columns.tolist() == ["label", "group", "event_class", "note"]
    assert len(reasons) == 39
    assert reasons["label"].is_unique
    assert (reasons[["label", "group", "event_class"]] != "").all(axis=None)
    assert not reasons.isna().any(axis=None)


def test_classes_are_the_documented_ones() -> None:
    classes = load_leaving_reasons()["event_class"].value_counts().to_dict()

    assert classes == {
        "voluntary": 13, "involuntary": 6, "end_of_contract": 5, "retirement": 5, "unknown": 4, "not_an_event": 2,
        "death": 1, "transfer": 1, "ill_health": 1, "ill_health_or_voluntary": 1,
    }  # fmt: skip


def test_causes_are_the_classes_and_none_where_nobody_left() -> None:
    reasons = load_leaving_reasons().set_index("label")["event_class"]

    causes = leaving_causes()

    assert list(causes) == reasons.index.tolist()
    assert {label for label, cause in causes.items() if cause is None} == {
        "Has Not Worked",
        "Merged Organisation - Duplicate Record",
    }
    assert all(cause is None or cause == reasons[label] for label, cause in causes.items())


def test_changing_what_was_given_changes_nothing_here() -> None:
    causes = leaving_causes()
    causes.clear()

    assert leaving_causes()["Death in Service"] == "death"

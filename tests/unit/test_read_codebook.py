"""Codebooks that users write: what is read, and that every fault is refused where it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from workforce_metrics.codebooks.codebook import Codebook, Item, Score
from workforce_metrics.codebooks.read import read_codebook
from workforce_metrics.codebooks.scale import Option, Scale
from workforce_metrics.errors import CodebookError, MissingFileError

FORMAT_PAGE = Path(__file__).parents[2] / "docs" / "reference" / "codebook_format.md"

TOML = """\
name = "Example survey"
edition = 2026
missing = ["-", "99"]
[scales.often]
options = [{ code = 1, label = "Never", value = 0 }, { code = 2, label = "Often", value = 4 }, { code = 3, value = 10 }]
[items.tired]
column = "Q1"
scale = "often"
direction = "negative"
[items.tense]
column = "Q2"
scale = "often"
direction = "negative"
[scores.strain]
items = ["tired", "tense"]
min_answered = 2
"""

CSV = """\
# name: Example survey
# edition: 2026
# missing: -; 99
concept,column,direction,codes,values,score,min_answered,routed_from,counted,base
tired,Q1,negative,1=Never; 2=Often; 3,0; 4; 10,strain,2,,,
tense,Q2,negative,1=Never; 2=Often; 3,0; 4; 10,strain,,,,
"""


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def as_plain(book: Codebook) -> tuple[object, ...]:
    """Everything a codebook says but for the names of its scales."""
    items = {
        concept: (item.columns, item.scale.options, item.direction, dict(item.routes), item.counted, item.base)
        for concept, item in book.items.items()
    }
    return book.name, book.edition, book.missing, items, dict(book.scores)


def test_toml_csv_and_python_say_the_same(tmp_path: Path) -> None:
    options = (Option(1, "Never", 0.0), Option(2, "Often", 4.0), Option(3, "", 10.0))
    columns = {"tired": "Q1", "tense": "Q2"}
    built = Codebook(
        "Example survey",
        {concept: Item(concept, (column,), Scale("often", options), "negative") for concept, column in columns.items()},
        {"strain": Score("strain", "strain", ("tired", "tense"), 2)},
        2026,
        frozenset({"-", "99"}),
    )

    from_toml = read_codebook(written(tmp_path, "book.toml", TOML))
    from_csv = read_codebook(written(tmp_path, "book.csv", CSV))

    assert as_plain(from_toml) == as_plain(built)
    assert as_plain(from_csv) == as_plain(built)


def test_negative_items_are_reflected_about_the_middle_of_the_scale(tmp_path: Path) -> None:
    book = read_codebook(written(tmp_path, "book.toml", TOML))

    assert book.items["tired"].values == {1: 0 + 10 - 0, 2: 0 + 10 - 4, 3: 0 + 10 - 10}


def test_the_worked_example_of_the_format_page_is_read(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", FORMAT_PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)

    book = read_codebook(written(tmp_path, "book.toml", example))

    assert (len(book.items), len(book.scores), book.edition) == (5, 3, 2026)
    assert book.missing == {"-", "99", "not answered"}
    assert book.items["team_helps"].columns == ("Q3", "Q3_team")
    assert book.items["tense"].scale.codes == {1, 2, 3, 4, 5, 9}
    assert 9 not in book.items["tense"].values
    assert book.items["review_useful"].routes == {"had_review": {1}}
    assert (book.items["worn_out"].counted, book.items["worn_out"].base) == ({4, 5}, {1, 2, 3, 4, 5})
    assert book.items["worn_out"].favourable == "lower"
    assert book.scores["support"].min_answered == 2  # two thirds of 2, rounded up
    assert book.scores["climate"].parts == ("strain", "support")
    assert {score.min_answered_status for score in book.scores.values()} == {"declared"}
    assert {item.scale.status for item in book.items.values()} == {"declared"}


def test_labels_may_hold_commas_dashes_quotes_and_semicolons_in_toml(tmp_path: Path) -> None:
    label = "Often — few refusals; “budget”, or any other reason"
    text = TOML.replace('label = "Often"', f'label = "{label}"')

    book = read_codebook(written(tmp_path, "book.toml", text))

    assert book.items["tired"].scale.code_of_label['often-few refusals; "budget", or any other reason'] == 2


@pytest.mark.parametrize(("name", "text"), [("book.toml", TOML), ("book.csv", CSV)])
@pytest.mark.parametrize("ending", ["\r\n", "\n"])
def test_byte_order_mark_line_ending_and_case_of_the_suffix_do_not_matter(
    tmp_path: Path, name: str, text: str, ending: str
) -> None:
    expected = as_plain(read_codebook(written(tmp_path, name, text)))
    path = tmp_path / name.upper()
    path.write_bytes("\ufeff".encode() + text.replace("\n", ending).encode())

    assert as_plain(read_codebook(path)) == expected


def test_csv_reads_what_a_spreadsheet_leaves_behind(tmp_path: Path) -> None:
    padded = "\n".join(line + ",,," for line in CSV.splitlines()) + "\n,,,,\n\n"

    book = read_codebook(written(tmp_path, "book.csv", padded))

    assert as_plain(book) == as_plain(read_codebook(written(tmp_path, "plain.csv", CSV)))


def test_csv_takes_several_columns_scores_routes_and_blank_values(tmp_path: Path) -> None:
    text = """\
concept,column,direction,codes,values,score,min_answered,routed_from,counted,base,favourable,note
unwell,Q1; Q1_new,negative,1=Yes; 2=No; 9=Don't know,10; 0; ,health; strain,1; two thirds,,1,1; 2,lower,asked of all
tense,Q2,negative,1=Never; 2=a=b,0; 10,strain,,unwell=1|unwell=9,,,,
"""

    book = read_codebook(written(tmp_path, "staff_views.csv", text))

    assert (book.name, book.edition, book.missing) == ("staff views", None, frozenset())
    assert book.items["unwell"].columns == ("Q1", "Q1_new")
    assert book.items["unwell"].values == {1: 0.0, 2: 10.0}
    assert book.items["unwell"].scale.codes == {1, 2, 9}
    assert (book.items["unwell"].favourable, book.items["unwell"].note) == ("lower", "asked of all")
    assert book.items["tense"].scale.code_of_label == {"never": 1, "a=b": 2}
    assert book.items["tense"].routes == {"unwell": {1, 9}}
    assert {name: (score.items, score.min_answered) for name, score in book.scores.items()} == {
        "health": (("unwell",), 1),
        "strain": (("unwell", "tense"), 2),  # two thirds of 2, rounded up
    }


TOML_FAULTS = {
    "syntax": ('name = "Example survey"', "name = Example survey", "TOML", "line 1"),
    "lists without end": ("edition = 2026", "edition = " + "[" * 5000, "the text", "plain lists"),
    "a table twice": ("[items.tense]", "[items.tired]", "TOML", "line 10"),
    "an unknown key": ('column = "Q1"', 'colum = "Q1"', "items.tired", "write 'column'"),
    "an unknown table": ("[scores.strain]", "[skores.strain]", "'skores'", "write 'scores'"),
    "no name": ('name = "Example survey"\n', "", "name", "declare name"),
    "a number as a name": ('name = "Example survey"', "name = 2026", "name", "put it in quotation marks"),
    "edition as text": ("edition = 2026", 'edition = "2026"', "edition", "write a whole number"),
    "edition as true": ("edition = 2026", "edition = true", "edition", "got true or false"),
    "missing marks as numbers": ('["-", "99"]', '["-", 99]', "missing", "put it in quotation marks"),
    "missing marks not in a list": ('["-", "99"]', '"-"', "missing", "write a list"),
    "a misspelt direction": ('"negative"', '"negatve"', "items.tired: direction", "write 'negative'"),
    "no direction": ('direction = "negative"\n', "", "items.tired: direction", "declare direction"),
    "no scale": ('scale = "often"\n', "", "items.tired: scale", "declare scale"),
    "an unknown scale": ('scale = "often"', 'scale = "oftn"', "items.tired: scale", "write 'often'"),
    "no column": ('column = "Q1"\n', "", "items.tired: column", "name the column"),
    "column and columns": ('column = "Q1"', 'column = "Q1"\ncolumns = ["Q3"]', "items.tired: column", "both or"),
    "a blank column": ('column = "Q1"', 'column = " "', "items.tired: column", "say which column"),
    "one column twice": ('column = "Q2"', 'column = " q1"', "'tense'", "the column of 'tired'"),
    "a concept that is no name": ("[items.tired]", '[items."so tired"]', "'so tired'", "rename the concept"),
    "an item that is no table": ("[items.tired]", "[items]\nother = 1\n[items.tired]", "items.other", "a table"),
    "no options": ("options = [", "status = [", "scales.often: options", "declare options"),
    "options empty": (re.compile(r"options = \[.*\]"), "options = []", "scales.often", "at least one option"),
    "an option that is no table": ("options = [", "options = [1, ", "options[1]", "write a table"),
    "an unknown key of an option": ("label = ", "lable = ", "options[1]: 'lable'", "write 'label'"),
    "an option without code": ("code = 1, ", "", "options[1]: code", "declare code"),
    "a code as text": ("code = 1", 'code = "1"', "options[1]: code", "write a whole number"),
    "a code with a fraction": ("code = 1", "code = 1.5", "options[1]: code", "a whole number"),
    "a code twice": ("code = 2", "code = 1", "scales.often", "a code twice"),
    "a label twice": ('"Often"', '" NEVER"', "scales.often", "a label twice"),
    "a code below 0": ("code = 1", "code = -1", "scales.often", "0 to 32000"),
    "a value as text": ("value = 4", 'value = "4"', "options[2]: value", "a whole number"),
    "an infinite value": ("value = 4", "value = inf", "options[2]: value", "finite"),
    "a value that is no number": ("value = 4", "value = nan", "options[2]: value", "finite"),
    "an item of a score without values": (re.compile(r", value = \d+"), "", "'strain'", "without"),
    "an item of a score without favour": ('direction = "negative"', 'direction = "neutral"', "'strain'", "'tired'"),
    "no min_answered": ("min_answered = 2\n", "", "scores.strain: min_answered", '"two thirds" of 2 is 2'),
    "min_answered too large": ("min_answered = 2", "min_answered = 3", "min_answered", "from 1 to 2"),
    "min_answered 0": ("min_answered = 2", "min_answered = 0", "min_answered", "from 1 to 2"),
    "min_answered true": ("min_answered = 2", "min_answered = true", "min_answered", "from 1 to 2"),
    "min_answered in other words": ("min_answered = 2", 'min_answered = "half"', "min_answered", "two thirds"),
    "a score without members": ('items = ["tired", "tense"]\n', "", "scores.strain", "items or parts"),
    "items and parts": ("min_answered", 'parts = ["strain"]\nmin_answered', "scores.strain", "items or parts"),
    "an item listed twice": ('["tired", "tense"]', '["tired", "tired"]', "scores.strain: items", "'tired' twice"),
    "a score of an unknown item": ('"tense"]', '"tens"]', "'strain'", "'tens'"),
    "a score of an unknown score": ('items = ["tired", "tense"]', 'parts = ["a", "b"]', "'strain'", "'a'"),
    "a route that is not one": ('column = "Q1"', 'column = "Q1"\nrouted_from = "tense"', "routed_from", "tense"),
    "a route from no item": ('column = "Q1"', 'column = "Q1"\nrouted_from = "x=1"', "'tired'", "a route from"),
    "a route from no answer": ('column = "Q1"', 'column = "Q1"\nrouted_from = "tense=7"', "'tired'", "a route from"),
    "counted without base": ('column = "Q1"', 'column = "Q1"\ncounted = [3]', "items.tired", "counted or base"),
    "base outside the scale": ('column = "Q1"', 'column = "Q1"\nbase = [3, 4]', "items.tired", "counted or base"),
    "counted as text": ('column = "Q1"', 'column = "Q1"\ncounted = ["3"]', "items.tired: counted", "a whole number"),
    "favourable in other words": ('column = "Q1"', 'column = "Q1"\nfavourable = "up"', "favourable", "higher"),
    "an extra answer with a value": (
        'column = "Q1"',
        'column = "Q1"\nextra = [{ code = 9, label = "NA", value = 0 }]',
        "extra[1]: 'value'",
        "unknown",
    ),
    "an extra code of the scale": (
        'column = "Q1"',
        'column = "Q1"\nextra = [{ code = 3, label = "NA" }]',
        "items.tired",
        "a code twice",
    ),
}


@pytest.mark.parametrize("fault", TOML_FAULTS)
def test_a_fault_in_toml_is_named_with_its_table_and_fix(tmp_path: Path, fault: str) -> None:
    old, new, where, said = TOML_FAULTS[fault]
    text = TOML.replace(old, new, 1) if isinstance(old, str) else old.sub(new, TOML)
    assert text != TOML

    with pytest.raises(CodebookError) as caught:
        read_codebook(written(tmp_path, "book.toml", text))

    assert caught.value.argument.startswith("book.toml: ")
    assert where in str(caught.value)
    assert said in str(caught.value)


TIRED = "tired,Q1,negative,1=Never; 2=Often; 3,0; 4; 10,strain,2,,,"
CSV_FAULTS = {
    "a column not known": ("routed_from", "routedfrom", "line 4", "write 'routed_from'"),
    "a column twice": ("routed_from", "values", "line 4", "'values' twice"),
    "a needed column not there": ("direction", "note", "line 4: direction", "declare direction"),
    "another delimiter": ("concept,column", "concept;column", "line 4", "unknown"),
    "a setting not known": ("# name: Example survey", "# title: Example", "line 1: 'title'", "one of name"),
    "a setting twice": ("# edition: 2026", "# name: Other", "line 2", "'name' twice"),
    "a remark": ("# edition: 2026", "# written by hand", "line 2", "unknown"),
    "an edition that is no year": ("# edition: 2026", "# edition: last year", "# edition:", "a year"),
    "a concept twice": ("tense,Q2", "tired,Q2", "line 6: concept", "'tired' again"),
    "no concept": ("tense,Q2", ",Q2", "line 6: item ''", "rename the concept"),
    "no column": ("tense,Q2", "tense,", "line 6: item 'tense'", "say which column"),
    "a blank column": ("tense,Q2", "tense,Q2;", "line 6: column", "say which column"),
    "one column twice": ("tense,Q2", "tense,q1", "'tense'", "the column of 'tired'"),
    "a misspelt direction": ("Q1,negative", "Q1,neg", "line 5: direction", "one of positive"),
    "no direction": ("Q1,negative", "Q1,", "line 5: direction", "got nothing"),
    "no codes": ("1=Never; 2=Often; 3,0; 4; 10,strain,2", ",,,", "line 5", "at least one option"),
    "a label without code": ("1=Never", "Never", "line 5: codes", "'Never'"),
    "a code twice": ("1=Never; 2=Often; 3", "1=Never; 2=Often; 2", "line 5", "a code twice"),
    "values not aligned": ("0; 4; 10", "0; 10", "line 5: values", "3 values"),
    "a value that is no number": ("0; 4; 10", "0; four; 10", "line 5: values", "'four'"),
    "an infinite value": ("0; 4; 10", "0; inf; 10", "line 5: values", "finite"),
    "a score without values": ("0; 4; 10", "", "line 5: values", "one value a code"),
    "one score twice": ("strain,2", "strain; strain,", "line 5: score", "'strain' twice"),
    "a score that is no name": ("strain,2", "so tired,1", "score 'so tired'", "rename the score"),
    "no min_answered": ("strain,2", "strain,", "score 'strain': min_answered", "declare how many"),
    "min_answered too large": ("strain,2", "strain,3", "score 'strain': min_answered", "from 1 to 2"),
    "min_answered without score": (TIRED, "tired,Q1,negative,1,,,2,,,", "line 5: min_answered", "align"),
    "two rules": (
        "tense,Q2,negative,1=Never; 2=Often; 3,0; 4; 10,strain,",
        "tense,Q2,negative,1=Never; 2=Often; 3,0; 4; 10,strain,1",
        "line 6: min_answered",
        "'2' as above",
    ),
    "a route that is not one": (TIRED, TIRED.replace("2,,,", "2,tense,,"), "line 5: routed_from", "'tense'"),
    "counted without base": (TIRED, TIRED.replace("2,,,", "2,,3,"), "line 5", "counted or base"),
    "counted that is no code": (TIRED, TIRED.replace("2,,,", "2,,Often,3"), "line 5: counted", "'Often'"),
    "more cells than the header": (TIRED, TIRED + ",,extra", "line 5: the row", "10 cells"),
    "a quotation mark left open": ("tense,Q2", '"tense,Q2', "line 6", "quotation marks"),
    "no item": (re.compile(r"(?m)^t.*\n"), "", "the file", "one row an item"),
}


@pytest.mark.parametrize("fault", CSV_FAULTS)
def test_a_fault_in_csv_is_named_with_its_line_and_fix(tmp_path: Path, fault: str) -> None:
    old, new, where, said = CSV_FAULTS[fault]
    text = CSV.replace(old, new, 1) if isinstance(old, str) else old.sub(new, CSV)
    assert text != CSV

    with pytest.raises(CodebookError) as caught:
        read_codebook(written(tmp_path, "book.csv", text))

    assert caught.value.argument.startswith("book.csv: ")
    assert where in str(caught.value)
    assert said in str(caught.value)


@pytest.mark.parametrize("name", ["empty.toml", "empty.csv"])
def test_an_empty_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CodebookError, match=name):
        read_codebook(written(tmp_path, name, ""))


@pytest.mark.parametrize("name", ["book.toml", "book.csv"])
def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes('name = "Café"'.encode("cp1252"))

    with pytest.raises(CodebookError, match=r"UTF-8 text, got another encoding \(byte 11\)"):
        read_codebook(path)


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CodebookError, match=r"ending in \.toml or \.csv"):
        read_codebook(written(tmp_path, "book.xlsx", ""))


def test_a_file_or_folder_in_place_of_the_codebook_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "folder.toml"
    folder.mkdir()

    for path in (tmp_path / "nowhere.csv", folder):
        with pytest.raises(MissingFileError, match=path.name):
            read_codebook(path)

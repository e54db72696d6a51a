"""What the study of short questions asks, and how it tells what was searched for."""

from __future__ import annotations

from pathlib import Path


def test_names_are_what_stands_before_a_colon_and_was_not_learned() -> None:
    import adaptive_short

    listing = "CRAFT: tools\nGaLore: memory\nsome text: GaLore\nA survey of many things: more\nCRAFT: again\n"
    assert adaptive_short.names_of([listing], ["what is galore?"]) == ["CRAFT"]
    assert adaptive_short.names_of([listing], []) == ["CRAFT", "GaLore"]


def test_what_is_asked_is_held_out_and_in_every_form(repository: Path) -> None:
    import adaptive_short

    asked = adaptive_short.questions(repository / "corpora" / "papers")
    sizes = [len(several) for several in asked.values()]
    assert sizes[:4] == [48, 49, 40, 40]
    names = sizes[4] / len(adaptive_short.AS_WRITTEN)
    assert names == sizes[5] / len(adaptive_short.LOWER) > 100
    assert "hnsw?" in next(iter(asked.values()))


def test_the_table_has_a_row_for_each_kind() -> None:
    import adaptive_short

    found = {
        "names": {"a": [True, False], "b": [True, True]},
        "everyday": {"a": [False] * 4, "b": [True] + [False] * 3},
    }
    assert adaptive_short.table(found).splitlines() == [
        "| questions | n | `a` | `b` |",
        "|---|---|---|---|",
        "| names | 2 | 1 (50.0%) | 2 (100.0%) |",
        "| everyday | 4 | 0 (0.0%) | 1 (25.0%) |",
    ]

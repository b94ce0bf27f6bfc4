"""The table of judgement: whole or not at all, and its arithmetic."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import judgement
from benchmarks import judgement_data as data
from benchmarks.judgement_tiers import in_words, macro_f1, missed, recall
from benchmarks.report import Figure


def test_a_lost_row_is_an_error_and_not_a_shorter_table():
    figures = [Figure(key, key, 1.0) for key in sorted(judgement.ROWS)]
    assert judgement.whole(figures) == figures
    with pytest.raises(judgement.Incomplete, match=figures[0].key):
        judgement.whole(figures[1:])


def test_auroc_counts_ties_half():
    assert data.auroc([0.9, 0.8, 0.1], [True, True, False]) == 1.0
    assert data.auroc([0.5, 0.5], [True, False]) == 0.5
    assert data.auroc([0.1, 0.2], [True, False]) == 0.0


def test_rows_of_one_group_share_a_fold():
    folds = data.folds(["a", "b", "a", "c", "b"], seed=1)
    assert (folds[0], folds[1]) == (folds[2], folds[4])


def test_figures_on_tiers():
    true, said = np.array([1, 1, 2, 3, 3]), np.array([1, 2, 2, 3, 1])
    assert recall(true, said) == 0.5
    assert missed(true, said) == 0.5
    assert macro_f1(true, true) == 1.0


@pytest.mark.parametrize("name", ["lost_or_stolen_card", "LostOrStolenCard", "LOST_OR_STOLEN_CARD"])
def test_an_intent_is_told_in_words(name: str):
    assert in_words(name) == "Lost or stolen card"


def test_our_own_lines_are_well_formed_and_in_six_languages():
    rows = data.written()
    assert {row["lang"] for row in rows} == {"en", "de", "fr", "es", "pt", "ja"}
    assert len({row["text"] for row in rows}) == len(rows)

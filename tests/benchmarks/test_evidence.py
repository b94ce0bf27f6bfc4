"""The naive bound of the benchmark is the textbook's, so that the comparison is fair."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import evidence

FIXED = {
    0.95: (59, 93, 124, 153, 181, 208),
    0.98: (149, 236, 313, 386, 456, 523),
    0.99: (299, 473, 628, 773, 913, 1049),
}


@pytest.mark.parametrize(("p0", "expected"), FIXED.items())
def test_the_naive_bound_needs_what_one_look_needs(p0, expected):
    most = evidence.boundary(evidence.naive_passes, p0, 1100)
    assert tuple(int(np.argmax(most >= failed)) + 1 for failed in range(6)) == expected


def test_the_gate_needs_what_the_design_says():
    most = evidence.boundary(evidence.gate_passes, 0.98, 800)
    assert tuple(int(np.argmax(most >= f)) + 1 for f in range(6)) == (224, 340, 439, 531, 617, 700)

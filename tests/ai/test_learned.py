"""What was learnt, judged by hand: what a mistake costs, and how near a message is to each label."""

from __future__ import annotations

import numpy as np
import pytest

from app.ai.alarms import Centring
from app.ai.learned import COSTS, Skill, View
from app.ai.tiers import least_costly


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ((0.90, 0.07, 0.03), 1),
        ((0.70, 0.05, 0.25), 3),  # likeliest a look-up, but too likely more than that to be sent as one
        ((0.60, 0.25, 0.15), 2),  # the same, and a person will see which
        ((0.05, 0.50, 0.45), 2),
        ((0.05, 0.45, 0.50), 3),
    ],
)
def test_a_look_up_is_only_said_where_high_stakes_are_unlikely(shares: tuple[float, float, float], said: int):
    assert least_costly(np.array([shares]), COSTS).tolist() == [said]


def test_a_label_is_as_near_as_its_nearest_centre_and_one_without_any_is_not_near():
    centres = np.array([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]], dtype=np.float32)
    view = View(Centring(np.zeros(2), 1.0), centres)
    skill = Skill((view,), np.array([0, 0, 2]), np.zeros((3, 3), dtype=np.float32))
    asked = np.array([[1.0, 0.0], [0.0, 1.0]], dtype=np.float32)
    (near,) = skill.near([asked])
    assert near == pytest.approx(np.array([[1.0, 0.0, 0.6], [1.0, 0.0, 0.8]]))
    assert skill.shares([asked], [near]).argmax(axis=1).tolist() == [0, 0]

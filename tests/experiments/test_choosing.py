"""experiments.choosing: does a description of a data set choose the algorithm?"""

import numpy as np
import pytest

from metacourse.experiments import choosing


@pytest.fixture(scope="module")
def sets():
    return list(choosing.small_sets(15))


def test_data_sets_come_from_their_sources_in_turn(sets):
    assert [source for source, _ in sets] == [*choosing.SOURCES] * 3


def test_they_are_always_the_same(sets):
    for (_, small), (_, again) in zip(sets, choosing.small_sets(3), strict=False):
        assert np.array_equal(small.x, again.x)


def test_each_has_four_rows_of_both_classes_and_new_ones(sets):
    for _, small in sets:
        assert len(small.y) in choosing.SIZES
        assert np.bincount(small.y, minlength=2).min() >= choosing.LEAST
        assert 0 < len(small.y_new) == len(small.x_new) <= choosing.N_NEW
        assert small.x.shape[1] == small.x_new.shape[1] >= 2


def test_the_diabetes_is_cut_at_its_median():
    _, y = choosing.load("diabetes")
    assert abs(y.mean() - 0.5) < 0.01


def test_every_algorithm_is_measured_on_new_rows_and_by_validation(sets):
    found = choosing.measured(sets[1][1])
    assert len(found["features"]) == 8
    for part in ("new rows", "validated"):
        assert list(found[part]) == list(choosing.ALGORITHMS)
        assert all(0 <= accuracy <= 1 for accuracy in found[part].values())


FEATURES = np.array([[0.0], [1.0], [0.1], [0.9], [0.0], [1.0]])
ACCURACIES = np.array([[0.9, 0.5], [0.5, 0.8]] * 3)  # the first is best where the feature is small
GROUPS = np.array(["a", "a", "b", "b", "c", "c"])


def test_the_best_on_average_is_one_for_all():
    chosen = choosing.on_average(FEATURES, ACCURACIES, FEATURES[:3])
    assert chosen.tolist() == [0, 0, 0]


def test_a_choice_regrets_what_the_best_algorithm_had_more():
    found = choosing.regret(choosing.on_average, FEATURES, ACCURACIES, GROUPS)
    assert found == pytest.approx([0, 30] * 3)


def test_a_chooser_never_sees_the_source_that_it_chooses_for():
    seen = []

    def remember(features, accuracies, new):
        seen.append((len(features), len(new)))
        return np.ones(len(new), dtype=int)

    choosing.regret(remember, FEATURES, ACCURACIES, GROUPS)
    assert seen == [(4, 2)] * 3


def test_a_forest_finds_a_feature_that_decides():
    features = np.repeat(FEATURES[:2], 20, axis=0)
    accuracies = np.repeat(ACCURACIES[:2], 20, axis=0)
    assert choosing.by_forest(features, accuracies, FEATURES[:2]).tolist() == [0, 1]

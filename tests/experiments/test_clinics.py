"""Clinics that were never there."""

import pytest
import torch

from metacourse.experiments import clinics


@pytest.mark.parametrize("kind", clinics.KINDS)
def test_every_patient_is_in_one_clinic(kind):
    found = clinics.clinics(kind, seed=0)
    assert found.x.shape == (22, 20, 11)
    assert len(found.x.flatten(0, 1).unique(dim=0)) == 440
    assert torch.equal(found.x[..., -1], torch.ones(22, 20).double())


def test_patients_of_a_clinic_by_age_are_of_nearly_one_age():
    spread = {kind: clinics.clinics(kind, 0).x[..., 0].std(1).mean() for kind in clinics.KINDS}
    assert spread["by age"] < 0.25 * spread["at random"]
    assert spread["scales that differ"] == spread["at random"]


def test_a_scale_moves_all_patients_of_a_clinic_alike():
    moved = clinics.clinics("scales that differ", 0).y - clinics.clinics("at random", 0).y
    assert moved.std(1).max() < 1e-9
    assert moved[:, 0].std().item() == pytest.approx(clinics.OFFSET, rel=0.5)


def test_the_learned_spread_says_which_clinics_differ():
    found = {}
    for kind in ("at random", "scales that differ"):
        teach = clinics.clinics(kind, 0)
        prior = clinics.offset_prior(teach, clinics.one_line(teach))
        found[kind] = prior.cov.sqrt().item()
    assert found["at random"] < 10 < 25 < found["scales that differ"]


def test_a_clinic_is_judged_by_learners_that_have_not_seen_it(monkeypatch):
    seen = []
    learn = clinics.learners
    monkeypatch.setattr(clinics, "learners", lambda teach: seen.append(teach) or learn(teach))
    found = clinics.squared_errors("at random", 5, seed=0)
    assert [len(teach.y) for teach in seen] == [20] * 11
    assert {len(errors) for errors in found.values()} == {22}
    every = clinics.clinics("at random", 0)
    assert not any((seen[0].y == every.y[0]).all(1))


def test_one_line_is_moved_by_what_is_left_of_the_patients_so_far():
    line = torch.tensor([2.0, 1.0]).double()
    x = torch.tensor([[[1.0, 1.0], [2.0, 1.0]]]).double()
    y = torch.tensor([[4.0, 7.0]]).double()  # 1 and 2 above the line
    assert clinics.moved(line, None, x, y, x).tolist() == [[4.5, 6.5]]

"""People and films that nobody has seen: an invented population of tastes (notebook 10a).

stars = 3.5 + film + person + taste · trait + noise, in half stars from ½ to 5. The spreads are near
those that are found in MovieLens: films 0.45, people 0.4, noise 0.8; what one likes more than
others is two numbers a person and two traits a film. As in life, few films have most ratings.
"""

from typing import NamedTuple

import torch
from torch import Generator, Tensor

from metacourse.tasks.films import Film, Ratings

OVERALL, FILMS, PEOPLE, TRAITS, NOISE = 3.5, 0.45, 0.4, 0.25, 0.8  # stars
N_TRAITS = 2


class Population(NamedTuple):
    """What is true of people and films, which no learner is told."""

    film: Tensor  # (F,), how far it is above 3.5 stars
    trait: Tensor  # (F, 2)
    person: Tensor  # (P,), how far above the films' means
    taste: Tensor  # (P, 2)
    known: Tensor  # (F,), how many have seen it, in proportion; they sum to 1


def sample_population(n_people: int, n_films: int, generator: Generator) -> Population:
    """Draw films and people; the film of rank r is seen in proportion to 1/(r + 5)."""

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    known = 1 / (torch.arange(n_films, dtype=torch.float64) + 5)
    films = FILMS * normal(n_films), TRAITS * normal(n_films, N_TRAITS)
    people = PEOPLE * normal(n_people), normal(n_people, N_TRAITS)
    return Population(*films, *people, known / known.sum())


def sample_ratings(population: Population, n_ratings: int, generator: Generator) -> Ratings:
    """Let each person rate n_ratings films, drawn without replacement, one after the other."""
    n_people = len(population.person)
    film = torch.multinomial(
        population.known.expand(n_people, -1), n_ratings, generator=generator
    )  # (P, n_ratings)
    person = torch.arange(n_people)[:, None].expand_as(film)
    meant = mean_stars(population)[person, film]
    luck = NOISE * torch.randn(film.shape, generator=generator, dtype=torch.float64)
    stars = ((2 * (meant + luck)).round() / 2).clamp(0.5, 5.0)
    return Ratings(person.flatten(), film.flatten(), stars.flatten())


def mean_stars(population: Population) -> Tensor:
    """What each person would give each film but for the noise: (P, F)."""
    base = OVERALL + population.film + population.person[:, None]
    return base + population.taste @ population.trait.mT


def films_of(population: Population) -> list[Film]:
    """What is told of the films: a number, and on which side of each trait they are."""
    sides = zip(*(population.trait > 0).mT.tolist(), strict=True)
    return [
        Film(f"film {number}", ("loud" if loud else "quiet", "old" if old else "new"))
        for number, (loud, old) in enumerate(sides)
    ]

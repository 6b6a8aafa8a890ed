"""What chapters train and compare that is too long for a notebook's cells, and ships no weights.

    sinusoids, relatives                     the starts of chapter 03, and MAML's relatives
    short                                    the short trainings of chapter 04
    waves, letter_sequences                  notebook 05a: a memory and its rivals
    small_letters, valley_runs, digit_runs   notebook 05b: gates, rates, a learned optimiser
    baselines, one_page                      notebook 05c: all methods on the same tasks
    schedules, rules, horizons               notebooks 06a and 06b: rates, searched and learned
    solved, many_penalties                   notebook 06c: minima instead of ways
    auxiliary, choosing, letter_heads        notebook 06d: losses, algorithms, a report
    floor, shifted, people, asking           notebooks 07a and 07b: lines, their floor, real people
    curves                                   notebook 07c: features, kernels, a neural process
    streams, stream_settings, replay         notebook 07d: tasks in a stream, forgetting

What ships trained stands in `trained`; what several seeds of an experiment gave, in `seeds`.
"""

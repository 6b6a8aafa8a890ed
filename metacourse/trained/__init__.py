"""What ships trained: a module per chapter with recipe, loader and weights.

    concepts            pretrained, meta_trained   embeddings of letters, from two trainings
    maml                maml                       a start for 5-way tasks: embedding and head
    siamese             handwriting                an embedding twice as wide, for handwriting
    lstm                sinusoids, letters         memories that learn while they read
    learned_optimisers  optimiser, meta_lstm       what trains small networks, or MAML's start
    transformer         curves, lettering          readers that look up what they have read
                        prior_fitted, …_lines      classifiers that were fitted to a prior

and what they share: `recipes`, how a network is trained, saved and loaded, and `embeddings`, how
embeddings are used and judged. What a chapter trains by itself stands in `experiments`.

`python -m metacourse.trained` trains all that ships anew, each for a few minutes on one core (with
names: only those), and prints how well they do on validation tasks; no choice was made by test
tasks, and none by handwriting (of which framing knows how thick its pen was). By torchrun several
processes share the tasks of each step; "handwriting" and "curves", whose losses are no means over
tasks, are then computed whole by all. A further chapter adds a module with its RECIPES, and nothing
else.
"""

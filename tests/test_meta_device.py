"""Every kernel runs with all its inputs on the `meta` device, which has shapes and no numbers: a
tensor that a kernel makes on the CPU by accident fails here, without a GPU."""

import inspect
from types import ModuleType

import pytest
import torch

from metacourse import (
    attention,
    bandits,
    bayes,
    communication,
    concepts,
    hyperparameters,
    item_response,
    kernel_methods,
    learned_optimisers,
    linear_regression,
    lstm,
    maml,
    nets,
    neural_processes,
    online,
    outlook,
    personal,
    reinforcement,
    rl2,
    siamese,
    transformer,
    walker,
    words,
)
from metacourse.episodes import Episode
from tests.test_words import bert

NEEDS_NUMBERS = {  # what looks at values, or draws them: torch has no generator of this device
    "concepts.find_leaks",
    "concepts.fingerprints",
    "concepts.leak_image",
    "concepts.leak_class",
    "concepts.with_new_head",
    "concepts.from_scratch",
    "attention.gradient_step_weights",  # no argument has a device
    "bandits.bandit_optimum",
    "bandits.thompson",
    "hyperparameters.random_search",
    "kernel_methods.init_features",
    "lstm.init_lstm",
    "learned_optimisers.init_meta_lstm",
    "nets.init_mlp",
    "nets.init_convnet",
    "neural_processes.init_cnp",
    "online.reservoir",
    "item_response.learn_items",
    "personal.split_by_person",
    "outlook.first_match",  # has no tensors
    "outlook.expected_excess",  # numbers
    "rl2.pull_once",
    "rl2.rl2_play",
    "rl2.histories",
    "rl2.history_return",
    "siamese.pair_distances",
    "siamese.positive_pairs",
    "siamese.sample_pairs",
    "siamese.sample_triplets",
    "transformer.context_mask",
    "transformer.asking_mask",
    "transformer.init_transformer",
    "walker.new_body",  # no argument has a device
    "walker.sample_bodies",
    "walker.nudged",
    "walker.es_step",
    "walker.next_trial",
    "words.ngram_counts",  # texts
    "words.all_counts",
    "words.vocabulary",
    "words.count_vectors",
    "words.remove_shared_words",
}


def meta(*shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.empty(shape, dtype=dtype, device="meta")


def labels(*shape: int) -> torch.Tensor:
    return meta(*shape, dtype=torch.int64)


def on_meta(params: nets.Params) -> nets.Params:
    return nets.to_device(params, "meta")


def mse(params, x, y):
    return (nets.mlp(params, x) - y).square().mean()


seeded = torch.Generator().manual_seed(0)
MLP = on_meta(nets.init_mlp([1, 4, 1], seeded))
RATES = {name: torch.full_like(tensor, 0.1) for name, tensor in MLP.items()}
CONVNET = on_meta(nets.init_convnet(n_filters=8, generator=seeded))
MEMORY = on_meta(lstm.init_lstm(5, 4, 2, seeded))  # reads x of 3 numbers and y of 2
UPDATES = on_meta(lstm.init_lstm(2, 4, 1, seeded))
GATES = on_meta(learned_optimisers.init_meta_lstm(lr_inner=0.1))
WAVES = Episode(*(meta(6, size, 1) for size in (5, 5, 7, 7)))
WAVE = Episode(*(part[0] for part in WAVES))
LINES = Episode(meta(6, 5, 2), meta(6, 5), meta(6, 7, 2), meta(6, 7))
PRIOR = bayes.Prior(meta(2), meta(2, 2), meta())
LETTERS = meta(5, 28, 28), labels(5), meta(7, 28, 28)
MEMORY_TASK = Episode(meta(6, 5, 3), meta(6, 5, 2), meta(6, 7, 3), meta(6, 7, 2))
STEPS = {"lr_inner": 0.1, "n_steps": 2}
STATE = meta(6, 4), meta(6, 4)
Z = meta(12, 8)
BATCHES = meta(4, 5, 1), meta(4, 5, 1)  # of four steps
PENALTIES = {next(iter(MLP)): meta()}
CURVE = meta(6, 5, 1), meta(6, 5), meta(6, 7, 1), meta(6, 7)
FEATURES = on_meta(kernel_methods.init_features([1, 4, 3], seeded)) | {"log scale": meta()}
READER = on_meta(transformer.init_transformer(3, 2, 8, 2, seeded))  # x of 3 numbers and y of 2
STEP = on_meta(attention.gradient_step_weights(2, 0.1))
READS_PULLS = on_meta(lstm.init_lstm(3, 4, 1, seeded))
POLICY, GOALS, LUCK = meta(2, 3), meta(6, 2), meta(6, 4, 10, 2)
CNP = on_meta(neural_processes.init_cnp(1, 4, seeded))
ITEMS = item_response.Items(meta(7), meta(7))
BODY = walker.Body(meta(6, 8), meta(6), meta(6))
GAIT, ROBOT = meta(6, 16), walker.State(meta(6, 2, 14), meta(6, 2, 14))


def new_optimizer() -> torch.optim.Optimizer:
    return torch.optim.SGD([t.requires_grad_() for t in LEARNED.values()], lr=0.1)


LEARNED = {name: tensor.clone() for name, tensor in MLP.items()}
TOKENS = meta(6, 12, 8)
CALLS = {
    "attention.attention_weights": lambda: attention.attention_weights(
        meta(6, 5, 4), meta(6, 7, 4), meta(5, 7, dtype=torch.bool)
    ),
    "attention.softmax_attention": lambda: attention.softmax_attention(
        meta(6, 5, 4), meta(6, 7, 4), meta(6, 7, 3), meta(5, 7, dtype=torch.bool)
    ),
    "attention.prompt": lambda: attention.prompt(*LINES[:3]),
    "attention.linear_attention": lambda: attention.linear_attention(
        STEP, meta(6, 9, 3, dtype=torch.float64), 5
    ),
    "bandits.belief_update": lambda: bandits.belief_update(meta(6, 2, 2), labels(6), meta(6)),
    "bandits.success": lambda: bandits.success(meta(6, 2, 2)),
    "bandits.success_of_opposites": lambda: bandits.success_of_opposites(meta(6, 2, 2)),
    "bandits.arm_values": lambda: bandits.arm_values(meta(6, 2), meta(6, 2, 2)),
    "bandits.visits": lambda: bandits.visits(meta(15), 3),
    "bandits.belief_return": lambda: bandits.belief_return(meta(15), 3),
    "bandits.by_pull": lambda: bandits.by_pull(meta(15), 3),
    "bandits.larger": lambda: bandits.larger(meta(6, 2)),
    "bandits.greedy": lambda: bandits.greedy(meta(6, 2, 2)),
    "bandits.ucb": lambda: bandits.ucb(meta(6, 2, 2), 1.0),
    "concepts.sample_episode": lambda: concepts.sample_episode(
        meta(9, 20, 28, 28), n_way=5, n_shot=1, n_query=3, generator=seeded
    ),
    "concepts.sample_augmented": lambda: concepts.sample_augmented(
        meta(9, 20, 28, 28), n_way=5, n_shot=1, n_query=3, generator=seeded
    ),
    "concepts.nearest_neighbour": lambda: concepts.nearest_neighbour(*LETTERS),
    "concepts.confidence_interval": lambda: concepts.confidence_interval(meta(9, 5)),
    "concepts.softmax_head": lambda: concepts.softmax_head(
        meta(5, 8), labels(5), n_way=5, lr=0.1, n_steps=2
    ),
    "concepts.fine_tune": lambda: concepts.fine_tune(
        CONVNET, *LETTERS[:2], n_way=5, lr=0.1, n_steps=2
    ),
    "bayes.posterior": lambda: bayes.posterior(*LINES[:2], PRIOR),
    "bayes.predictive": lambda: bayes.predictive(
        bayes.Gaussian(*PRIOR[:2]), LINES.x_query, noise=PRIOR.noise
    ),
    "bayes.log_evidence": lambda: bayes.log_evidence(*LINES[:2], PRIOR),
    "bayes.em_step": lambda: bayes.em_step(*LINES[:2], PRIOR),
    "bayes.empirical_bayes": lambda: bayes.empirical_bayes(*LINES[:2], n_steps=2),
    "bayes.coverage": lambda: bayes.coverage(meta(5), meta(5), meta(5)),
    "hyperparameters.exponential_decay": lambda: hyperparameters.exponential_decay(
        meta(), meta(), 4
    ),
    "hyperparameters.train_unrolled": lambda: hyperparameters.train_unrolled(
        mse, MLP, meta(4), PENALTIES, *BATCHES
    ),
    "hyperparameters.hypergradient": lambda: hyperparameters.hypergradient(
        lambda trained: mse(trained, *WAVE[2:]), mse, MLP, meta(4), PENALTIES, *BATCHES, n_pieces=2
    ),
    "hyperparameters.ridge": lambda: hyperparameters.ridge(meta(5, 2), meta(5), meta(2)),
    "hyperparameters.neumann_inverse": lambda: hyperparameters.neumann_inverse(
        meta(6, 6).matmul, meta(6), lr_inner=0.1, n_terms=2
    ),
    "hyperparameters.implicit_hypergradient": lambda: hyperparameters.implicit_hypergradient(
        lambda theta: theta.square().sum(),
        lambda theta, hyper: (hyper * theta.square()).sum(),
        meta(6),
        meta(6),
        solve=lambda product, v: product(v),
    ),
    "hyperparameters.meta_features": lambda: hyperparameters.meta_features(meta(5, 3), labels(5)),
    "hyperparameters.weighted_joint": lambda: hyperparameters.weighted_joint(
        meta(2), [torch.sum, torch.prod], meta(1)
    ),
    "kernel_methods.features": lambda: kernel_methods.features(FEATURES, CURVE[0]),
    "kernel_methods.feature_prior": lambda: kernel_methods.feature_prior(FEATURES),
    "kernel_methods.feature_posterior": lambda: kernel_methods.feature_posterior(
        FEATURES, *CURVE[:2]
    ),
    "kernel_methods.feature_predict": lambda: kernel_methods.feature_predict(FEATURES, *CURVE[:3]),
    "kernel_methods.evidence_loss": lambda: kernel_methods.evidence_loss(FEATURES, *CURVE[:2]),
    "kernel_methods.squared_distances": lambda: kernel_methods.squared_distances(
        CURVE[0], CURVE[2]
    ),
    "kernel_methods.rbf_kernel": lambda: kernel_methods.rbf_kernel(CURVE[0], CURVE[2]),
    "kernel_methods.deep_kernel": lambda: kernel_methods.deep_kernel(FEATURES, CURVE[0], CURVE[2]),
    "kernel_methods.gp_posterior": lambda: kernel_methods.gp_posterior(
        kernel_methods.rbf_kernel, *CURVE[:3], noise=0.1
    ),
    "kernel_methods.gp_log_evidence": lambda: kernel_methods.gp_log_evidence(
        kernel_methods.rbf_kernel, *CURVE[:2], noise=0.1
    ),
    "kernel_methods.nearest_neighbours": lambda: kernel_methods.nearest_neighbours(*CURVE[:3], k=2),
    "kernel_methods.kernel_regression": lambda: kernel_methods.kernel_regression(
        *CURVE[:3], length=1.0
    ),
    "linear_regression.predict": lambda: linear_regression.predict(meta(2), LINES.x_query),
    "linear_regression.loss": lambda: linear_regression.loss(meta(2), *LINES[:2]),
    "linear_regression.gradient": lambda: linear_regression.gradient(meta(2), *LINES[:2]),
    "linear_regression.hessian": lambda: linear_regression.hessian(LINES.x_support),
    "linear_regression.adapt": lambda: linear_regression.adapt(meta(2), *LINES[:2], **STEPS),
    "linear_regression.adapt_closed_form": lambda: linear_regression.adapt_closed_form(
        meta(2), *LINES[:2], **STEPS
    ),
    "linear_regression.contraction": lambda: linear_regression.contraction(
        LINES.x_support, **STEPS
    ),
    "linear_regression.meta_gradient": lambda: linear_regression.meta_gradient(
        meta(2), LINES, **STEPS
    ),
    "linear_regression.adapted_loss": lambda: linear_regression.adapted_loss(
        meta(2), LINES, **STEPS
    ),
    "linear_regression.maml_regression": lambda: linear_regression.maml_regression(LINES, **STEPS),
    "linear_regression.maml_optimum": lambda: linear_regression.maml_optimum(LINES, **STEPS),
    "linear_regression.maml": lambda: linear_regression.maml(
        meta(2), LINES, **STEPS, lr_outer=0.1, n_outer=2
    ),
    "linear_regression.first_order_optimum": lambda: linear_regression.first_order_optimum(
        LINES, **STEPS
    ),
    "linear_regression.joint_optimum": lambda: linear_regression.joint_optimum(LINES),
    "linear_regression.map_estimate": lambda: linear_regression.map_estimate(
        meta(2), *LINES[:2], precision=1.0
    ),
    "linear_regression.matvec": lambda: linear_regression.matvec(meta(3, 2), meta(2)),
    "lstm.gated_sum": lambda: lstm.gated_sum(meta(4), meta(4), meta(4), meta(4)),
    "lstm.start_state": lambda: lstm.start_state(MEMORY, 6),
    "lstm.cell": lambda: lstm.cell(MEMORY, meta(6, 5), STATE),
    "lstm.head": lambda: lstm.head(MEMORY, meta(6, 4)),
    "lstm.offset_labels": lambda: lstm.offset_labels(meta(6, 5, 2)),
    "lstm.memory_states": lambda: lstm.memory_states(MEMORY, *MEMORY_TASK[:2], cuts=(2,)),
    "lstm.memory_sequence": lambda: lstm.memory_sequence(MEMORY, *MEMORY_TASK[:2]),
    "lstm.memory_stream": lambda: lstm.memory_stream(MEMORY, *MEMORY_TASK[:2], {0, 3}),
    "lstm.memory_prediction": lambda: lstm.memory_prediction(MEMORY, MEMORY_TASK),
    "lstm.memory_logits": lambda: lstm.memory_logits(
        MEMORY, MEMORY_TASK._replace(y_support=labels(6, 5))
    ),
    "lstm.ask": lambda: lstm.ask(MEMORY, STATE, meta(6, 2), meta(6, 7, 3)),
    "learned_optimisers.preprocess": lambda: learned_optimisers.preprocess(meta(6)),
    "learned_optimisers.learned_update": lambda: learned_optimisers.learned_update(
        UPDATES, meta(6), STATE
    ),
    "learned_optimisers.optimise": lambda: learned_optimisers.optimise(
        UPDATES, lambda theta: theta.square().sum(), meta(6), n_steps=3, cuts=(1,)
    ),
    "learned_optimisers.meta_lstm_step": lambda: learned_optimisers.meta_lstm_step(
        GATES, meta(6), meta(6), meta(), (meta(6), meta(6))
    ),
    "learned_optimisers.meta_lstm_adapt": lambda: learned_optimisers.meta_lstm_adapt(
        GATES, mse, MLP, *WAVE[:2], n_steps=2
    ),
    "learned_optimisers.meta_lstm_loss": lambda: learned_optimisers.meta_lstm_loss(
        GATES, mse, MLP, WAVES, n_steps=2
    ),
    "maml.inner_adapt": lambda: maml.inner_adapt(mse, MLP, *WAVE[:2], **STEPS),
    "maml.maml_loss": lambda: maml.maml_loss(mse, MLP, WAVES, **STEPS),
    "maml.losses_by_step": lambda: maml.losses_by_step(mse, MLP, WAVE, rates=[0.1, RATES]),
    "maml.maml_step": lambda: maml.maml_step(mse, LEARNED, new_optimizer(), WAVES, **STEPS),
    "maml.train_maml": lambda: maml.train_maml(
        mse, MLP, lambda generator: WAVES, lr_outer=0.1, n_outer=2, generator=None, **STEPS
    ),
    "maml.reptile_step": lambda: maml.reptile_step(mse, MLP, WAVES, lr_outer=0.1, **STEPS),
    "maml.meta_sgd_step": lambda: maml.meta_sgd_step(mse, MLP, RATES, WAVES, lr_outer=0.1),
    "maml.anil_loss": lambda: maml.anil_loss(mse, MLP, WAVES, head=[*MLP][-2:], **STEPS),
    "nets.mlp": lambda: nets.mlp(MLP, meta(5, 1)),
    "nets.convnet": lambda: nets.convnet(CONVNET, meta(5, 28, 28, dtype=torch.uint8)),
    "nets.channels_last": lambda: nets.channels_last(CONVNET),
    "nets.to_device": lambda: nets.to_device(CONVNET, "meta"),
    "nets.flatten": lambda: nets.flatten(MLP),
    "nets.unflatten": lambda: nets.unflatten(nets.flatten(MLP), MLP),
    "neural_processes.cnp_predict": lambda: neural_processes.cnp_predict(CNP, *CURVE[:3]),
    "neural_processes.cnp_loss": lambda: neural_processes.cnp_loss(CNP, *CURVE),
    "online.follow_the_meta_leader": lambda: online.follow_the_meta_leader(
        LINES, **STEPS, penalty=0.1, window=3
    ),
    "online.online_maml": lambda: online.online_maml(LINES, **STEPS, lr_outer=0.1),
    "online.priors_so_far": lambda: online.priors_so_far(LINES, PRIOR, n_steps=2, window=4),
    "online.regret": lambda: online.regret(meta(6), meta(6)),
    "online.all_points": lambda: online.all_points(LINES),
    "rl2.read_pull": lambda: rl2.read_pull(READS_PULLS, meta(6, 3), STATE),
    "rl2.as_input": lambda: rl2.as_input(labels(6), meta(6)),
    "rl2.joined": lambda: rl2.joined([rl2.Play(*[meta(6)] * 4)] * 5),
    "rl2.policy_gradient_loss": lambda: rl2.policy_gradient_loss(
        meta(6, 5), meta(6, 5), meta(6, 5)
    ),
    "reinforcement.expected_return": lambda: reinforcement.expected_return(POLICY, GOALS),
    "reinforcement.return_gradient": lambda: reinforcement.return_gradient(POLICY, GOALS),
    "reinforcement.adapt": lambda: reinforcement.adapt(POLICY, GOALS, **STEPS),
    "reinforcement.maml_rl_return": lambda: reinforcement.maml_rl_return(POLICY, GOALS, **STEPS),
    "reinforcement.rollout": lambda: reinforcement.rollout(POLICY, GOALS, LUCK),
    "reinforcement.log_prob": lambda: reinforcement.log_prob(POLICY, LUCK, LUCK),
    "reinforcement.scores": lambda: reinforcement.scores(POLICY, LUCK, LUCK),
    "reinforcement.reward_to_go": lambda: reinforcement.reward_to_go(meta(6, 4, 10)),
    "reinforcement.mean_of_the_others": lambda: reinforcement.mean_of_the_others(meta(6, 4, 10)),
    "reinforcement.policy_gradient": lambda: reinforcement.policy_gradient(
        meta(6, 4, 10, 2, 3), meta(6, 4, 10), meta(6, 4, 10)
    ),
    "reinforcement.reinforce": lambda: reinforcement.reinforce(POLICY, GOALS, LUCK),
    "reinforcement.surrogate": lambda: reinforcement.surrogate(
        POLICY, reinforcement.Trajectories(LUCK, LUCK, meta(6, 4, 10))
    ),
    "reinforcement.maml_rl_objective": lambda: reinforcement.maml_rl_objective(
        POLICY, GOALS, LUCK, LUCK, lr_inner=0.1
    ),
    "reinforcement.with_one": lambda: reinforcement.with_one(LUCK),
    "siamese.squared_distance": lambda: siamese.squared_distance(Z, Z),
    "siamese.distance": lambda: siamese.distance(Z, Z),
    "siamese.contrastive_loss": lambda: siamese.contrastive_loss(Z, Z, labels(12)),
    "siamese.triplet_loss": lambda: siamese.triplet_loss(Z, Z, Z),
    "siamese.similarity_logit": lambda: siamese.similarity_logit(
        {"weight": meta(8), "bias": meta()}, Z, Z
    ),
    "siamese.hardest_triplets": lambda: siamese.hardest_triplets(Z, labels(12)),
    "siamese.semi_hard_negatives": lambda: siamese.semi_hard_negatives(
        Z, labels(12), labels(5), labels(5)
    ),
    "siamese.all_pairs_loss": lambda: siamese.all_pairs_loss(Z, labels(12), temperature=2.0),
    "siamese.answer_n_way": lambda: siamese.answer_n_way(meta(7, 12), labels(12), 4),
    "siamese.prototypes": lambda: siamese.prototypes(Z, labels(12), 4),
    "siamese.prototypical_logits": lambda: siamese.prototypical_logits(Z, meta(4, 8)),
    "siamese.matching_probabilities": lambda: siamese.matching_probabilities(Z, Z, labels(12), 4),
    "siamese.soft_assignment": lambda: siamese.soft_assignment(
        meta(4, 8), Z, distractor_radius=2.0
    ),
    "siamese.refined_prototypes": lambda: siamese.refined_prototypes(
        meta(4, 8), Z, labels(12), Z, distractor_radius=2.0
    ),
    "transformer.read": lambda: transformer.read(READER, *MEMORY_TASK[:2]),
    "transformer.ask": lambda: transformer.ask(READER, *MEMORY_TASK[:3]),
    "transformer.prior_fitted_logits": lambda: transformer.prior_fitted_logits(
        READER, MEMORY_TASK._replace(y_support=labels(6, 5))
    ),
    "transformer.pair_tokens": lambda: transformer.pair_tokens(READER, *MEMORY_TASK[:2]),
    "transformer.query_tokens": lambda: transformer.query_tokens(READER, MEMORY_TASK.x_query),
    "transformer.transformer": lambda: transformer.transformer(READER, TOKENS, n_context=5),
    "transformer.attend": lambda: transformer.attend(
        transformer.part(READER, "0."), TOKENS, None, None
    ),
    "transformer.heads": lambda: transformer.heads(transformer.part(READER, "0."), TOKENS, 5),
    "transformer.read_loss": lambda: transformer.read_loss(READER, *MEMORY_TASK[:2]),
    "transformer.layer": lambda: transformer.layer(
        transformer.part(READER, "0."), TOKENS, None, None
    ),
    "transformer.normed": lambda: transformer.normed(TOKENS),
    "transformer.part": lambda: transformer.part(READER, "0."),
    "outlook.by_group": lambda: outlook.by_group(meta(6), meta(6, dtype=torch.long), n_groups=3),
    "outlook.shared_subspace": lambda: outlook.shared_subspace(meta(6, 5, 4), meta(6, 5), rank=2),
    "outlook.left_out": lambda: outlook.left_out(meta(4, 2), meta(4, 2)),
    "outlook.fit_in_subspace": lambda: outlook.fit_in_subspace(
        meta(6, 5, 4), meta(6, 5), meta(4, 2)
    ),
    "words.sentence_embeddings": lambda: words.sentence_embeddings(
        on_meta(bert()), labels(6, 5), labels(6, 5), n_heads=3
    ),
    "words.inverse_document_frequency": lambda: words.inverse_document_frequency(meta(9, 5)),
    "words.tf_idf": lambda: words.tf_idf(meta(6, 9, 5), meta(5)),
    "words.cosine_scores": lambda: words.cosine_scores(meta(6, 3, 5), meta(6, 9, 5), meta(5)),
    "words.pooled_prior": lambda: words.pooled_prior(meta(6, 9, 5)),
    "words.gram_probabilities": lambda: words.gram_probabilities(
        meta(6, 3, 5), meta(5), strength=2.0
    ),
    "words.naive_bayes_log_scores": lambda: words.naive_bayes_log_scores(
        meta(6, 3, 5), meta(6, 9, 5), meta(5), strength=2.0
    ),
    "personal.film_means": lambda: personal.film_means(meta(6, 5), meta(6, 5), strength=5.0),
    "personal.em_step": lambda: personal.em_step(meta(5, 2), meta(6, 5), meta(6, 5), PRIOR),
    "personal.learned_prior": lambda: personal.learned_prior(
        meta(5, 2), meta(6, 5), meta(6, 5), n_steps=2
    ),
    "personal.shrunk_mean": lambda: personal.shrunk_mean(
        meta(6, 5), mean=0.1, spread=0.2, noise=0.7
    ),
    "personal.leak_audit": lambda: personal.leak_audit(
        torch.mean, meta(6, 5), meta(6, 5, dtype=torch.bool)
    ),
    "item_response.grid": lambda: item_response.grid(meta(6)),
    "item_response.chances": lambda: item_response.chances(meta(6), ITEMS),
    "item_response.log_likelihood": lambda: item_response.log_likelihood(
        meta(6, 7), meta(6, 7), ITEMS
    ),
    "item_response.belief": lambda: item_response.belief(meta(6, 7), meta(6, 7), ITEMS),
    "item_response.log_evidence": lambda: item_response.log_evidence(meta(6, 7), meta(6, 7), ITEMS),
    "item_response.foretell": lambda: item_response.foretell(meta(6, 81), ITEMS),
    "item_response.information": lambda: item_response.information(meta(6, 81), ITEMS),
    "item_response.next_question": lambda: item_response.next_question(
        meta(6, 81), meta(6, 7), ITEMS
    ),
    "communication.mean_gradient": lambda: communication.mean_gradient(meta(3, 4), meta(3)),
    "communication.ring_turn": lambda: communication.ring_turn(meta(3, 3, 2), 1),
    "communication.noise_scale": lambda: communication.noise_scale(meta(3, 4)),
    "walker.standing": lambda: walker.standing(GAIT, BODY),
    "walker.spring_lengths": lambda: walker.spring_lengths(GAIT, BODY, 0.5),
    "walker.spring_forces": lambda: walker.spring_forces(ROBOT, meta(6, 29), BODY),
    "walker.step": lambda: walker.step(ROBOT, GAIT, BODY, 0.5),
    "walker.simulate": lambda: walker.simulate(GAIT, BODY, dt=0.5),
    "walker.film": lambda: walker.film(GAIT, BODY, every=240),
    "walker.centred_ranks": lambda: walker.centred_ranks(meta(6, 4)),
    "walker.es_gradient": lambda: walker.es_gradient(
        lambda gaits: gaits.sum(-1), GAIT, meta(6, 4, 16), sigma=0.1
    ),
    "walker.performance_prior": lambda: walker.performance_prior(meta(6, 4), meta()),
    "walker.believed": lambda: walker.believed(PRIOR, [1, 0], meta(2)),
}


def public_functions(module: ModuleType) -> set[str]:
    name = module.__name__.rpartition(".")[2]
    found = inspect.getmembers(module, inspect.isfunction)
    return {
        f"{name}.{function}"
        for function, value in found
        if value.__module__ == module.__name__ and not function.startswith("_")
    }


def tensors(result) -> list[torch.Tensor]:
    """All tensors of a result: of a dict, a tuple or a list, or itself."""
    if isinstance(result, torch.Tensor):
        return [result]
    parts = result.values() if isinstance(result, dict) else result
    return [tensor for part in parts for tensor in tensors(part)]


@pytest.mark.parametrize("name", CALLS)
def test_a_kernel_makes_no_tensor_on_another_device(name):
    assert {tensor.device.type for tensor in tensors(CALLS[name]())} == {"meta"}


def test_every_kernel_is_tried_here():
    kernels = (
        attention,
        bandits,
        bayes,
        communication,
        concepts,
        hyperparameters,
        item_response,
        kernel_methods,
    )
    kernels += learned_optimisers, linear_regression, lstm, maml, nets, neural_processes, online
    kernels += outlook, personal, reinforcement, rl2, siamese, transformer, walker, words
    functions = set().union(*map(public_functions, kernels)) - {
        "communication.all_reduce_time",
        "communication.step_time",
        "nets.device_of",
        "rl2.rl2_policy",
        "transformer.n_layers",
    }
    assert CALLS.keys() | NEEDS_NUMBERS == functions
    assert not CALLS.keys() & NEEDS_NUMBERS

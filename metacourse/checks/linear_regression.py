"""The exercises, quiz and predictions of chapter 02."""

import torch
from torch import Generator, Tensor

from metacourse import linear_regression as kernel
from metacourse.checks.catalogue import Exercise, Mistake, Option, Question, whole_number
from metacourse.episodes import Episode
from metacourse.linear_regression import contraction, matvec

CHAPTER = "02 Linear regression"
PREDICTIONS = ("divergence", "angle", "start")


# Cases: small random problems in float64 ---------------------------------------------------------


def normal(generator: Generator, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def random_steps(generator: Generator) -> dict:
    n_steps = whole_number(0, 3, generator)
    rate = 0.02 + 0.06 * torch.rand((), generator=generator).item()
    return {"lr_inner": rate, "n_steps": n_steps}


def gradient_case(generator: Generator) -> dict:
    n_points = whole_number(2, 7, generator)
    return {
        "theta": normal(generator, 3),
        "x": normal(generator, n_points, 3),
        "y": normal(generator, n_points),
    }


def adapt_case(generator: Generator) -> dict:
    return gradient_case(generator) | random_steps(generator)


def random_episode(generator: Generator, *batch: int) -> Episode:
    n_support = whole_number(2, 5, generator)
    return Episode(
        x_support=normal(generator, *batch, n_support, 3),
        y_support=normal(generator, *batch, n_support),
        x_query=normal(generator, *batch, 6, 3),
        y_query=normal(generator, *batch, 6),
    )


def meta_gradient_case(generator: Generator) -> dict:
    case = {"theta": normal(generator, 3), "episode": random_episode(generator)}
    return case | random_steps(generator)


def optimum_case(generator: Generator) -> dict:
    steps = random_steps(generator)
    return {"episodes": random_episode(generator, 6)} | steps


# What goes wrong: gradient -----------------------------------------------------------------------


def gradient_without_two(theta, x, y):
    return kernel.gradient(theta, x, y) / 2


def gradient_without_mean(theta, x, y):
    return kernel.gradient(theta, x, y) * len(x)


def gradient_without_two_and_mean(theta, x, y):
    return kernel.gradient(theta, x, y) / 2 * len(x)


def gradient_with_wrong_sign(theta, x, y):
    return -kernel.gradient(theta, x, y)


def gradient_divided_by_features(theta, x, y):
    return kernel.gradient(theta, x, y) * len(x) / len(theta)


def gradient_without_labels(theta, x, y):
    return kernel.gradient(theta, x, torch.zeros_like(y))


def gradient_of_the_answers(theta, x, y):
    return x.mean(0)


# adapt -------------------------------------------------------------------------------------------


def adapt_once(theta, x, y, *, lr_inner, n_steps=1):
    return kernel.adapt(theta, x, y, lr_inner=lr_inner)


def adapt_with_the_first_gradient(theta, x, y, *, lr_inner, n_steps=1):
    return theta - lr_inner * n_steps * kernel.gradient(theta, x, y)


def adapt_always_from_the_start(theta, x, y, *, lr_inner, n_steps=1):
    adapted = theta
    for _ in range(n_steps):
        adapted = theta - lr_inner * kernel.gradient(adapted, x, y)
    return adapted


def adapt_without_rate(theta, x, y, *, lr_inner, n_steps=1):
    return kernel.adapt(theta, x, y, lr_inner=1.0, n_steps=n_steps)


def adapt_one_step_too_many(theta, x, y, *, lr_inner, n_steps=1):
    return kernel.adapt(theta, x, y, lr_inner=lr_inner, n_steps=n_steps + 1)


def adapt_one_step_too_few(theta, x, y, *, lr_inner, n_steps=1):
    return kernel.adapt(theta, x, y, lr_inner=lr_inner, n_steps=max(n_steps - 1, 0))


def adapt_with_the_notebooks_rate(theta, x, y, *, lr_inner, n_steps=1):
    return kernel.adapt(theta, x, y, lr_inner=0.3, n_steps=n_steps)


def adapt_uphill(theta, x, y, *, lr_inner, n_steps=1):
    return kernel.adapt(theta, x, y, lr_inner=-lr_inner, n_steps=n_steps)


def adapt_with_a_cut_graph(theta, x, y, *, lr_inner, n_steps=1):
    for _ in range(n_steps):
        theta = theta - lr_inner * kernel.gradient(theta, x, y).detach()
    return theta


def adapt_detached(theta, x, y, *, lr_inner, n_steps=1):
    return kernel.adapt(theta, x, y, lr_inner=lr_inner, n_steps=n_steps).detach()


def adapt_in_place(theta, x, y, *, lr_inner, n_steps=1):
    with torch.no_grad():
        for _ in range(n_steps):
            theta -= lr_inner * kernel.gradient(theta, x, y)
    return theta


# meta_gradient -----------------------------------------------------------------------------------


def query_gradient(theta, episode, **steps):
    adapted = kernel.adapt(theta, episode.x_support, episode.y_support, **steps)
    return kernel.gradient(adapted, episode.x_query, episode.y_query)


def first_order(theta, episode, *, lr_inner, n_steps=1):
    return query_gradient(theta, episode, lr_inner=lr_inner, n_steps=n_steps)


def power_one_less(theta, episode, *, lr_inner, n_steps=1):
    factor = contraction(episode.x_support, lr_inner=lr_inner, n_steps=max(n_steps - 1, 0))
    return matvec(factor, query_gradient(theta, episode, lr_inner=lr_inner, n_steps=n_steps))


def power_one(theta, episode, *, lr_inner, n_steps=1):
    factor = contraction(episode.x_support, lr_inner=lr_inner)
    return matvec(factor, query_gradient(theta, episode, lr_inner=lr_inner, n_steps=n_steps))


def power_entry_by_entry(theta, episode, *, lr_inner, n_steps=1):
    factor = contraction(episode.x_support, lr_inner=lr_inner) ** n_steps
    return matvec(factor, query_gradient(theta, episode, lr_inner=lr_inner, n_steps=n_steps))


def one_instead_of_identity(theta, episode, *, lr_inner, n_steps=1):
    factor = torch.linalg.matrix_power(1 - lr_inner * kernel.hessian(episode.x_support), n_steps)
    return matvec(factor, query_gradient(theta, episode, lr_inner=lr_inner, n_steps=n_steps))


def adapted_by_one_step(theta, episode, *, lr_inner, n_steps=1):
    factor = contraction(episode.x_support, lr_inner=lr_inner, n_steps=n_steps)
    return matvec(factor, query_gradient(theta, episode, lr_inner=lr_inner))


def one_step_everywhere(theta, episode, *, lr_inner, n_steps=1):
    return kernel.meta_gradient(theta, episode, lr_inner=lr_inner)


def adapted_on_the_query(theta, episode, *, lr_inner, n_steps=1):
    _, _, x, y = episode
    steps = {"lr_inner": lr_inner, "n_steps": n_steps}
    return kernel.meta_gradient(theta, Episode(x, y, x, y), **steps)


def one_step_of_k_times_the_rate(theta, episode, *, lr_inner, n_steps=1):
    factor = contraction(episode.x_support, lr_inner=n_steps * lr_inner)
    return matvec(factor, query_gradient(theta, episode, lr_inner=lr_inner, n_steps=n_steps))


def gradient_before_adaptation(theta, episode, *, lr_inner, n_steps=1):
    factor = contraction(episode.x_support, lr_inner=lr_inner, n_steps=n_steps)
    return matvec(factor, kernel.gradient(theta, episode.x_query, episode.y_query))


def judged_on_support(theta, episode, *, lr_inner, n_steps=1):
    x, y, _, _ = episode
    steps = {"lr_inner": lr_inner, "n_steps": n_steps}
    return kernel.meta_gradient(theta, Episode(x, y, x, y), **steps)


def curvature_of_the_query(theta, episode, *, lr_inner, n_steps=1):
    factor = contraction(episode.x_query, lr_inner=lr_inner, n_steps=n_steps)
    return matvec(factor, query_gradient(theta, episode, lr_inner=lr_inner, n_steps=n_steps))


def joint_gradient(theta, episode, *, lr_inner, n_steps=1):
    return kernel.gradient(theta, episode.x_query, episode.y_query)


# maml_optimum ------------------------------------------------------------------------------------


def joint_optimum(episodes, *, lr_inner, n_steps=1):
    return kernel.joint_optimum(episodes)


def mean_of_the_optima(episodes, *, lr_inner, n_steps=1):
    return matvec(torch.linalg.pinv(episodes.x_query), episodes.y_query).mean(0)


def optimum_on_support(episodes, *, lr_inner, n_steps=1):
    x, y, _, _ = episodes
    return kernel.maml_optimum(Episode(x, y, x, y), lr_inner=lr_inner, n_steps=n_steps)


def optimum_without_offsets(episodes, *, lr_inner, n_steps=1):
    slopes = contraction(episodes.x_support, lr_inner=lr_inner, n_steps=n_steps)
    x = (episodes.x_query @ slopes).flatten(0, 1)
    return matvec(torch.linalg.pinv(x), episodes.y_query.flatten())


def optimum_with_added_offsets(episodes, *, lr_inner, n_steps=1):
    x, labels = kernel.maml_regression(episodes, lr_inner=lr_inner, n_steps=n_steps)
    return matvec(torch.linalg.pinv(x), 2 * episodes.y_query.flatten() - labels)


def optimum_without_warped_inputs(episodes, *, lr_inner, n_steps=1):
    _, labels = kernel.maml_regression(episodes, lr_inner=lr_inner, n_steps=n_steps)
    return matvec(torch.linalg.pinv(episodes.x_query.flatten(0, 1)), labels)


def joint_optimum_of_the_support(episodes, *, lr_inner, n_steps=1):
    x, y, _, _ = episodes
    return kernel.joint_optimum(Episode(x, y, x, y))


def optimum_after_one_step(episodes, *, lr_inner, n_steps=1):
    return kernel.maml_optimum(episodes, lr_inner=lr_inner)


def mean_of_the_tasks_maml_optima(episodes, *, lr_inner, n_steps=1):
    tasks = (Episode(*(part[None] for part in task)) for task in zip(*episodes, strict=True))
    optima = [kernel.maml_optimum(task, lr_inner=lr_inner, n_steps=n_steps) for task in tasks]
    return torch.stack(optima).mean(0)


def first_order_fixed_point(episodes, *, lr_inner, n_steps=1):
    x_support, y_support, x_query, y_query = episodes
    steps = {"lr_inner": lr_inner, "n_steps": n_steps}
    slopes = contraction(x_support, **steps)
    offsets = kernel.adapt(torch.zeros_like(x_support[0, 0]), x_support, y_support, **steps)
    pull = kernel.gradient(offsets, x_query, y_query).mean(0)
    return -torch.linalg.solve((kernel.hessian(x_query) @ slopes).mean(0), pull)


# What goes wrong in an inner loop, whatever the model
ONE_STEP_ONLY = "You take one step whatever `n_steps` says."
TOO_MANY = "You take one step too many: n_steps + 1 of them."
TOO_FEW = "You take one step too few: n_steps − 1 of them."
NO_RATE = "The learning rate α is missing: use `lr_inner`."
UPHILL = "You walk uphill. The gradient points where the loss grows: subtract it."
SAME_START = "Each step starts from the first θ again. Step from where the last step arrived."
SAME_GRADIENT = (
    "The gradient is taken once, at the start, and used for every step. "
    "Take it anew at each θ on the way."
)

EXERCISES = {
    "gradient": Exercise(
        reference=kernel.gradient,
        cases=gradient_case,
        mistakes=(
            Mistake(
                gradient_without_two,
                "This is half the gradient: the derivative of u² is 2u, and the 2 is missing.",
            ),
            Mistake(
                gradient_without_mean,
                "This is the gradient of the sum of the squared errors. The loss is their mean, "
                "so divide by the number of points S.",
            ),
            Mistake(
                gradient_without_two_and_mean,
                "The errors weigh the rows as they should, but the factor 2 and the division by S "
                "are both missing.",
            ),
            Mistake(
                gradient_with_wrong_sign,
                "This points downhill: it is minus the gradient. The error is Xθ − y, not y − Xθ.",
            ),
            Mistake(
                gradient_divided_by_features,
                "You divide by the number of features D. The mean runs over the points, "
                "so divide by S, which is `len(x)`.",
            ),
            Mistake(
                gradient_without_labels,
                "The labels y never enter: this is the gradient as if every y were 0.",
            ),
            Mistake(
                gradient_of_the_answers,
                "This is how the mean answer changes with θ, the mean of the inputs. "
                "By the chain rule each point's input is weighted with twice its error.",
            ),
        ),
        hints=(
            "Start from one point: what is the derivative of (θᵀx − y)² with respect to θ?",
            "The errors of all points at once are `x @ theta - y`, of shape (S,). Each error "
            "multiplies its own row of x.",
            "Rows weighted by the errors and added up: `x.T @ (x @ theta - y)`. "
            "What is left are the 2 and the mean.",
        ),
        remark="2/S Xᵀ(Xθ − y): every step of this chapter starts from here.",
    ),
    "adapt": Exercise(
        reference=kernel.adapt,
        cases=adapt_case,
        mistakes=(
            Mistake(
                adapt_once,
                ONE_STEP_ONLY,
            ),
            Mistake(
                adapt_with_the_first_gradient,
                SAME_GRADIENT,
            ),
            Mistake(
                adapt_always_from_the_start,
                SAME_START,
            ),
            Mistake(adapt_without_rate, NO_RATE),
            Mistake(adapt_one_step_too_many, TOO_MANY),
            Mistake(adapt_one_step_too_few, TOO_FEW),
            Mistake(
                adapt_with_the_notebooks_rate,
                "You step with α = 0.3, the rate of the notebook's examples: use `lr_inner`.",
            ),
            Mistake(
                adapt_uphill,
                UPHILL,
            ),
            Mistake(
                adapt_with_a_cut_graph,
                "The numbers are right, but the graph is cut inside the steps: the gradient was "
                "treated as a constant, as if dθ′/dθ were I instead of (I − αH)ᵏ. "
                "MAML with this inner loop is first-order MAML.",
            ),
            Mistake(
                adapt_detached,
                "The numbers are right, but θ′ has forgotten where it came from: no gradient "
                "flows back to θ, so nothing can be meta-learned. Look for `detach`, `no_grad`, "
                "`item` or a new tensor made from the values.",
            ),
            Mistake(
                adapt_in_place,
                "θ is overwritten by the adapted parameters, and the next task would start from "
                "there. Write `theta = theta - …`, which makes a new tensor, not `theta -= …`.",
            ),
        ),
        hints=(
            "A loop of `n_steps` rounds, one line in it.",
            "One step is θ − α∇L(θ); `lr.gradient(theta, x, y)` is ∇L at the current θ.",
            "In the loop: `theta = theta - lr_inner * lr.gradient(theta, x, y)`. "
            "After the loop, return it.",
        ),
        differentiable=("theta",),
        remark="A gradient flows through every step of yours: this inner loop can be meta-trained.",
    ),
    "meta_gradient": Exercise(
        reference=kernel.meta_gradient,
        cases=meta_gradient_case,
        mistakes=(
            Mistake(
                first_order,
                "This is first-order MAML: the query gradient at θ′ without the factor "
                "((I − αH)ᵏ)ᵀ, which says how θ′ moves when θ does.",
            ),
            Mistake(
                power_one_less,
                "The factor has one power too few: each of the k steps contributes one (I − αH).",
            ),
            Mistake(
                power_one,
                "The factor is that of a single step. k steps multiply (I − αH) k times.",
            ),
            Mistake(
                power_entry_by_entry,
                "`**` raises each entry to the power k. (I − αH)ᵏ is a product of matrices: "
                "`torch.linalg.matrix_power`.",
            ),
            Mistake(
                one_instead_of_identity,
                "1 − αH subtracts from 1 in every entry. I is the identity matrix, "
                "`torch.eye(len(theta))`.",
            ),
            Mistake(
                adapted_by_one_step,
                "θ′ comes from one inner step only: pass `n_steps` on to `lr.adapt` as well.",
            ),
            Mistake(
                one_step_everywhere,
                "This is right for a single inner step: `n_steps` must reach both factors.",
            ),
            Mistake(
                adapted_on_the_query,
                "You adapt to the query set, the points that θ′ is judged on. "
                "The inner steps see the support set only.",
            ),
            Mistake(
                one_step_of_k_times_the_rate,
                "I − kαH is not (I − αH)ᵏ: multiply the matrix with itself, k times.",
            ),
            Mistake(
                gradient_before_adaptation,
                "The query gradient is taken at θ. MAML judges the adapted θ′: "
                "take it there, after the inner steps.",
            ),
            Mistake(
                judged_on_support,
                "The outer loss is measured on the support set, the points just fitted. "
                "Use the query set for ∇L(θ′).",
            ),
            Mistake(
                curvature_of_the_query,
                "The factor is built from the query inputs. The inner steps descended the "
                "support loss, so H is the Hessian of the support set.",
            ),
            Mistake(
                joint_gradient,
                "This is joint training: the query gradient at θ, as if no adaptation took place.",
            ),
        ),
        hints=(
            "Chain rule: the query loss depends on θ′, and θ′ depends on θ. Two factors.",
            "θ′ is `lr.adapt(...)` on the support set; the first factor is `lr.gradient` at θ′ on "
            "the query set; the second is dθ′/dθ = (I − αH)ᵏ with H = `lr.hessian(x_support)`.",
            "`torch.linalg.matrix_power(torch.eye(len(theta)) - lr_inner * H, n_steps)` is dθ′/dθ. "
            "Return its transpose times the query gradient at θ′.",
        ),
        remark="The exact gradient of MAML, with the factor that first-order MAML leaves out.",
    ),
    "maml_optimum": Exercise(
        reference=kernel.maml_optimum,
        cases=optimum_case,
        mistakes=(
            Mistake(
                joint_optimum,
                "This is the optimum of joint training: it minimises the query loss before "
                "adaptation. Put θ′ᵢ = Aᵢθ + bᵢ in place of θ.",
            ),
            Mistake(
                mean_of_the_optima,
                "This is the mean of the tasks' own optima. MAML's start need not be near them; "
                "it only has to end well after the inner steps.",
            ),
            Mistake(
                mean_of_the_tasks_maml_optima,
                "You solve for each task by itself and average. The best compromise weighs the "
                "tasks by how much they mind: solve one problem with the points of all tasks.",
            ),
            Mistake(
                optimum_on_support,
                "You adapt and judge on the same points. Residuals belong to the query set: "
                "Xᵢ and yᵢ are `x_query` and `y_query`, Aᵢ and bᵢ come from the support set.",
            ),
            Mistake(
                optimum_without_offsets,
                "The offsets bᵢ are missing: after the steps θ′ᵢ = Aᵢθ + bᵢ, so the labels to fit "
                "are yᵢ − Xᵢbᵢ.",
            ),
            Mistake(
                optimum_with_added_offsets,
                "The offsets have the wrong sign: Xᵢbᵢ is taken away from the labels yᵢ.",
            ),
            Mistake(
                optimum_without_warped_inputs,
                "The labels are warped, the inputs are not: θ enters through XᵢAᵢ, not through Xᵢ.",
            ),
            Mistake(
                joint_optimum_of_the_support,
                "This is joint training on the support sets: nothing was adapted, nothing judged "
                "on the query sets.",
            ),
            Mistake(
                optimum_after_one_step,
                "This is the optimum for one inner step; Aᵢ and bᵢ must be those of n_steps.",
            ),
            Mistake(
                first_order_fixed_point,
                "This is where first-order MAML comes to rest: Aᵢᵀ is missing in the normal "
                "equations. As a least-squares problem both sides carry Aᵢ.",
            ),
        ),
        hints=(
            "After adaptation each task's parameters are a straight-line function of the start: "
            "θ′ᵢ = Aᵢθ + bᵢ. Which A, which b?",
            "Aᵢ = (I − αHᵢ)ᵏ is `lr.contraction(x_support, ...)`; bᵢ is where the steps arrive "
            "from θ = 0, `lr.adapt(torch.zeros(x_support.shape[-1]), x_support, y_support, ...)`. "
            "The query errors are XᵢAᵢθ − (yᵢ − Xᵢbᵢ).",
            "Stack all tasks: `(x_query @ A).flatten(0, 1)` are the inputs of one least-squares "
            "problem, `(y_query - predictions of b).flatten()` its labels; "
            "`torch.linalg.pinv(inputs) @ labels` solves it.",
        ),
        remark="The exact minimiser of MAML's objective. Ours solves one least-squares problem.",
    ),
}

QUIZZES = {
    "self_check": [
        Question(
            "Descent on a quadratic loss converges from every start exactly when the rate α is …",
            (
                Option(
                    "below 1/λ, λ the largest eigenvalue of H",
                    "Between 1/λ and 2/λ the steps overshoot along one direction, but each "
                    "overshoot is smaller than the last.",
                ),
                Option(
                    "below 2/λ, λ the largest eigenvalue of H",
                    "Then |1 − αλ| < 1 along every direction that has curvature.",
                    correct=True,
                ),
                Option(
                    "below 2/λ, λ the smallest eigenvalue of H",
                    "The steepest direction runs away first, so the largest eigenvalue decides.",
                ),
            ),
        ),
        Question(
            "A task has one point and two parameters. After very many inner steps …",
            (
                Option(
                    "θ′ no longer depends on the start",
                    "Along the direction without curvature the start is kept for ever: the factor "
                    "is 1 − α · 0 = 1.",
                ),
                Option("the steps diverge", "A singular H is not a large H: the rate decides."),
                Option(
                    "the point is fitted, and one direction of θ′ still is that of the start",
                    "What the data do not say, the start does. That is why it is worth learning.",
                    correct=True,
                ),
            ),
        ),
        Question(
            "MAML's objective is …",
            (
                Option(
                    "the sum of the tasks' losses at θ",
                    "That is joint training: nobody has adapted to anything yet.",
                ),
                Option(
                    "the sum of the tasks' query losses at θ′, as a function of θ",
                    "The loss is taken after adaptation, on data that the adaptation did not see.",
                    correct=True,
                ),
                Option(
                    "the sum of the tasks' support losses at θ′",
                    "That rewards starts from which the support points can be memorised.",
                ),
            ),
        ),
        Question(
            "First-order MAML …",
            (
                Option(
                    "leaves out the factor (I − αH)ᵏ, and for small α is close to exact MAML",
                    "The factor tends to I as α → 0, and the angle between the two gradients to 0.",
                    correct=True,
                ),
                Option(
                    "takes only one inner step",
                    "It may take any number; what it drops is the derivative through them.",
                ),
                Option(
                    "is joint training under another name",
                    "It still takes the query gradient at θ′, after adaptation.",
                ),
            ),
        ),
        Question(
            "MAML and joint training arrive at different θ …",
            (
                Option(
                    "whenever there are several tasks",
                    "Noise-free tasks that share their inputs have one optimum for both.",
                ),
                Option(
                    "when curvature differs from task to task together with the optima",
                    "Then steep tasks decide in joint training; in MAML the steps mend them first.",
                    correct=True,
                ),
                Option(
                    "only when the labels are noisy",
                    "Draw `family` with noise=0 and they still part: the widths do it.",
                ),
            ),
        ),
    ]
}

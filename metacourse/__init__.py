"""The code beside the notebooks of the course: a chapter's kernels, pictures, widgets and checks.

The map, by floors; a module imports only from floors below its own:

1. `episodes`              what a task is: support set, query set; drawing episodes from images
   `devices`               CPU, CUDA or MPS; compiled functions
   `places`                where a learner's files lie, and how they are written
2. `start_here`            the machine's check-up in chapter 00
   `concepts`              the kernels of chapter 01
   `linear_regression`     the kernels of chapter 02: MAML in closed form
   `maml`                  the kernels of chapter 03: MAML and its relatives, for any loss
   `siamese`               the kernels of chapter 04: losses of pairs and triplets, prototypes
   `lstm`                  the kernels of chapter 05: the cell, memory learners
   `learned_optimisers`    the kernels of chapter 05 that train others, made of this cell
   `hyperparameters`       the kernels of chapter 06: rates, penalties, losses, which algorithm
   `bayes`                 the kernels of chapter 07: posteriors, priors learned from tasks
   `kernel_methods`        the kernels of chapter 07: learned features, Gaussian processes
   `neural_processes`      the kernels of chapter 07: networks that read points
   `online`                the kernels of chapter 07: tasks in a stream
   `attention`             the kernels of chapter 08: attention, a layer that is a gradient step
   `transformer`           the kernels of chapter 08: transformers that learn from what they read
   `bandits`               the kernels of chapter 09: beliefs, what exploring is worth
   `rl2`                   the kernels of chapter 09: a memory that reads its rewards
   `reinforcement`         the kernels of chapter 09: policy gradients, MAML-RL, exact returns
   `walker`                the kernels of chapter 09: a robot that walks, evolution, three trials
   `distributed`           tasks spread over processes, the kernels of chapter 11
   `communication`         the kernels of chapter 11: what processes say, and what it costs
   `personal`              the kernels of chapter 10: one person's ratings, splits, leaks
   `item_response`         the kernels of chapter 10: tests that adapt
   `outlook`               the kernels of chapter 11: rules, errors by group, what tasks share
   `chooser`               which method for a task of your own: questions, and rules as data
   `words`                 the kernels of chapter 10: words as n-grams, naive Bayes, shared words
   `nets`                  a small convolutional embedding and an MLP, as pure functions of params
   `tasks`                 where tasks come from: lines, sinusoids, digits, glyphs, handwriting,
                           languages, and folders and tables of your own
3. `training`              one loop for all chapters
   `evaluation`            accuracy over many tasks, with its confidence interval
   `figures`               draw_* functions, one module per chapter
   `trained`               what ships trained: a module per chapter with recipe, loader and weights;
                           made with `training` and `evaluation`, used by `widgets`
   `experiments`           what the notebooks train and compare that is too long for their cells
   `seeds`                 what several trainings of an experiment gave
4. `widgets`               *_widget functions, one module per chapter, and the live-figure engine
   `checks`                exercises, predictions, quizzes, one module per chapter; their engine
5. `course`                the command `metacourse`: a learner's copy of the notebooks, a report
                           card on your own data
6. the notebooks

Notation, in prose and in code:

θ        params            what is learned across tasks: a start (02, 03), an embedding (01, 04),
                           the weights of an LSTM (05)
θ′       adapted           what adapting to one task's support set makes of θ
θ*       —                 the minimiser of one task's support loss
α        lr_inner          learning rate of the inner loop; one number, or one for every weight
β        lr_outer          learning rate of the outer loop
k        n_steps           number of inner steps
L        *_loss            loss, a scalar; on the support set or on the query set of a task
μ        mean              of what is believed of θ, beside its covariance Σ; after points μ′, Σ′
∇L       gradient          gradient of the loss with respect to params
H        hessian           second derivative of the loss, its curvature
x, y     x_support, …      inputs and targets of a task's support and query set

Shapes, one letter each; the task axis is first:

B tasks · N ways (classes) · K shots (support examples of a class) · Q queries of a class ·
S size of a set · D features · C channels · H, W height and width of an image · T time steps
"""

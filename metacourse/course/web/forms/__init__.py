"""What a reader answers on a page, without a kernel.

    questions    the quizzes
    predictions  what is predicted, what came out, and what is held back until then
    lines        the lines of an exercise's program that the reader chooses, from its known slips
    exercises    the hints, these lines, and the solution, in the place of a check
    progress     what was answered so far
    veil         what stands in the page and is not to be read there

Each is HTML that says all it can without scripts; `static/forms/` makes the forms of it.
"""

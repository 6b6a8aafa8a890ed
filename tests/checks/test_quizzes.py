from metacourse.checks.quizzes import Option, Question, parse


def test_a_question_has_options_with_their_reasons():
    assert parse("? One?\n- a | b\n    Not\n    a.\n+ c\n\n? Two?\n+ d\n- e\n    No.\n") == (
        Question("One?", (Option("a | b", "Not a."), Option("c", "", correct=True))),
        Question("Two?", (Option("d", "", correct=True), Option("e", "No."))),
    )


def test_code_in_a_question_keeps_its_lines_also_those_that_look_like_options():
    (question,) = parse("? Which\none?\n```\nfor x in y:\n    pass\n\n- x\n```\n+ this\n- that\n")
    assert question.text == "Which one?\n\n```\nfor x in y:\n    pass\n\n- x\n```"
    assert [option.text for option in question.options] == ["this", "that"]

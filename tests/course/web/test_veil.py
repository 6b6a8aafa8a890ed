import pytest

from metacourse.course.web.forms.veil import data, digest, unveiled, veiled
from tests.course.web.pages_of import DATA


@pytest.mark.parametrize("content", [{}, ["√ is not “it”", 1.5, None], {"a" * 99: [True]}])
def test_what_was_veiled_can_be_unveiled_with_its_key(content):
    assert unveiled(veiled(content, "0fe1"), "0fe1") == content


def test_no_word_of_it_is_plain():
    assert "because" not in veiled(["because of this"], "0fe1")


def test_another_text_has_another_name():
    assert len({digest("a", "b"), digest("ab"), digest("a", "c"), digest("b", "a")}) == 4


def test_data_cannot_end_its_script():
    text = data({"why": "</script><b>"})
    assert text.count("</script>") == 1
    assert DATA.fullmatch(text)

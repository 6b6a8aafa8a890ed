import pytest

from metacourse.tasks.tables import CLASS, as_columns, find_column, read_table


def table(tmp_path, text, encoding="utf-8"):
    (tmp_path / "t.csv").write_text(text, encoding=encoding)
    return read_table(tmp_path / "t.csv")


def numbers(tmp_path, text, **how):
    read = table(tmp_path, text, **how)
    return as_columns(read, find_column(read, None, CLASS))


PLAIN = "x,y,class\n1.5,2,a\n2.5,4,b\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (PLAIN, "utf-8"),
        (PLAIN, "utf-8-sig"),
        (PLAIN, "utf-16"),
        (PLAIN.replace("\n", "\r\n"), "utf-8"),
        (PLAIN.replace(",", ";"), "utf-8"),
        (PLAIN.replace(",", "\t"), "utf-8"),
        (PLAIN.replace(",", ";").replace(".", ","), "utf-8"),
        ('"x","y","class"\n" 1.5",2,a\n\n2.5,"4",b', "utf-8"),
    ],
)
def test_a_table_is_read_however_it_was_written(tmp_path, text, encoding):
    found = numbers(tmp_path, text, encoding=encoding)
    assert found.names == ["x", "y"]
    assert found.numbers == [[1.5, 2.0], [2.5, 4.0]]
    assert found.keys == ["a", "b"]


def test_letters_of_an_old_encoding_are_read(tmp_path):
    assert numbers(tmp_path, "x,class\n1,ä\n2,b\n", encoding="cp1252").keys == ["ä", "b"]


@pytest.mark.parametrize("value", ["", "n/a", "inf", "nan", "1e300", "1,5,7"])
def test_a_line_without_a_number_is_left_out_and_named(tmp_path, value):
    found = numbers(tmp_path, f'x,class\n1,a\n2,a\n3,b\n"{value}",b\n')
    assert found.numbers == [[1.0], [2.0], [3.0]]
    assert found.left_out == {
        "lines with a value missing, or one that is no number": ["line 5"],
    }


def test_a_line_without_a_class_or_of_another_length_is_left_out(tmp_path):
    found = numbers(tmp_path, "x,class\n1,a\n2,\n3,b,4\n5,b\n")
    assert found.keys == ["a", "b"]
    assert sum(map(len, found.left_out.values())) == 2


def test_columns_of_text_of_one_value_and_of_line_numbers_are_left_out(tmp_path):
    lines = [f"{n},{n % 3},7,word,{'ab'[n > 5]}" for n in range(1, 13)]
    found = numbers(tmp_path, "\n".join(["no,x,y,z,class", *lines]))
    assert found.names == ["x"]
    assert found.left_out == {
        "columns that count the lines": ["no"],
        "columns of one value": ["y"],
        "columns that are not numbers": ["z"],
    }


def test_the_column_of_classes_is_found_by_its_name(tmp_path):
    read = table(tmp_path, "Species,x\na,1\n")
    assert find_column(read, None, CLASS) == 0
    assert find_column(read, "X", CLASS) == 1
    with pytest.raises(ValueError, match=r"no column 'z'; there are Species, x"):
        find_column(read, "z", CLASS)


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"one column\n1\n", b"a,b\0\n1,2", b"\x89PNG,\0"]
)
def test_what_is_no_table_gets_a_sentence(tmp_path, content):
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(ValueError, match=r"needs columns|is no text"):
        read_table(tmp_path / "t.csv")


def test_a_value_without_an_end_gets_a_sentence(tmp_path):
    with pytest.raises(ValueError, match="cannot be read as a table"):
        table(tmp_path, 'x,class\n"' + "1" * 200_000)

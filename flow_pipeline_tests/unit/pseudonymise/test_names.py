import pytest

from flow_pipeline.pseudonymise.names import family_name, given_name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("O'Brien", "OBRIEN"),
        ("O’Brien", "o brien"),
        ("Müller", "MULLER"),
        ("van der Berg", "VANDERBERG"),
        ("MacDonald ", "macdonald"),
        ("Smith Jr", "SMITH"),
        ("Łukasiewicz", "Lukasiewicz"),
        ("Иванов", "Ivanov"),
    ],
)
def test_spellings_of_one_family_name_are_one(one: str, other: str):
    assert family_name(one).whole == family_name(other).whole


def test_a_double_name_keeps_its_parts():
    name = family_name("Smith-Jones")
    assert (name.whole, name.first_part, name.last_part) == ("SMITHJONES", "SMITH", "JONES")
    assert family_name("Jones").first_part == name.last_part


def test_a_name_with_a_particle_is_no_double_name():
    name = family_name("Van der Berg")
    assert name.first_part == name.last_part == name.whole == "VANDERBERG"


@pytest.mark.parametrize(
    ("short", "full"), [("Bill", "William"), ("Liz", "Elizabeth"), ("mo", "MO"), ("Jim", "James")]
)
def test_short_forms_share_a_root(short: str, full: str):
    assert given_name(short).root == given_name(full).root


def test_titles_are_dropped_where_a_name_follows():
    assert given_name("Mr. John Paul").first == "JOHN"
    assert given_name("Mr. John Paul").all == "JOHNPAUL"
    assert family_name("Master").whole == "MASTER"


@pytest.mark.parametrize("placeholder", [None, "", "  ", "Unknown", "BABY", "Twin One", "-", "123"])
def test_a_placeholder_is_no_name(placeholder: str | None):
    assert set(given_name(placeholder)) == {None}
    assert set(family_name(placeholder)) == {None}


def test_similar_sounds_share_a_code():
    assert given_name("Catherine").phonetic == given_name("Kathryn").phonetic
    assert family_name("Philips").phonetic == family_name("Fillips").phonetic


def test_other_scripts_have_no_sound_but_stay_names():
    assert given_name("李").first == "李"
    assert given_name("李").phonetic is None

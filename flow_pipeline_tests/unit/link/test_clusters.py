from flow_pipeline.link.clusters import groups, join_in_order


def test_groups_are_named_by_their_smallest_member():
    assert groups([1, 2, 3, 4, 5], [(5, 4), (4, 2)]) == {1: 1, 2: 2, 3: 3, 4: 2, 5: 2}


def test_the_weakest_link_between_two_numbers_is_refused():
    joined = join_in_order([1, 2, 3, 4], [(1, 2), (3, 4), (2, 3)], {1: 100, 4: 200})
    assert joined.group_of == {1: 1, 2: 1, 3: 3, 4: 3}
    assert joined.accepted == [True, True, False]
    assert joined.n_refused == 1


def test_equal_numbers_do_not_keep_apart():
    assert join_in_order([1, 2], [(1, 2)], {1: 100, 2: 100}).group_of == {1: 1, 2: 1}

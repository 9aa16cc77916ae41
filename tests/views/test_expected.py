"""What a plan tells of published numbers: those at the densities that its points declare."""

from ltsweep.views.expected import expected_of

from .conftest import make_point

RESNET20 = ("model=resnet20",)


def told(method, densities=(0.512, 0.107), **choices):
    point = make_point(method, densities=densities, dataset="cifar10", words=RESNET20, **choices)
    return expected_of([point, point])


def test_numbers_near_declared_densities_are_told_with_what_they_are():
    assert told("lr_rewind") == [
        "Renda et al. 2020 (running statistics), arXiv 2003.02389: lr_rewind (iterative) 92.01 % "
        "at 51.2 %, 90.76 % at 10.7 % (test %, medians of 3; their own code and schedule; reset at "
        "a fixed early epoch)"
    ]


def test_where_no_density_is_near_all_numbers_are_told():
    (sentence,) = told("lr_rewind", densities=(0.001,))
    assert sentence.count(" % at ") == 6


def test_tickets_of_parts_of_data_and_other_methods_have_none():
    assert told("erk") == []
    assert told("lr_rewind", source=(("half", "a"),)) == []

"""NHS numbers with valid check digits, all in the 999 range that is kept for tests."""

import numpy as np

from flow_pipeline.synthetic.clock import Ints

WEIGHTS = np.arange(10, 1, -1)


def check_digits(nine: Ints) -> Ints:
    """Modulus 11 check digit of nine-digit numbers; 10 means the number cannot be issued."""
    digits = (np.asarray(nine)[:, None] // 10 ** np.arange(8, -1, -1)) % 10
    return (11 - (digits * WEIGHTS).sum(axis=1) % 11) % 11


def all_numbers(seed: int) -> Ints:
    """Every valid number of the 999 range (about 909,000), in an order given by the seed."""
    nine = 999_000_000 + np.random.default_rng([seed, 999]).permutation(1_000_000)
    check = check_digits(nine)
    return (nine * 10 + check)[check < 10]

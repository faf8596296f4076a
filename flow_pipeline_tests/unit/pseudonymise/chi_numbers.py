"""CHI numbers for tests: made when they are needed, by the plain rules of their digits."""

import datetime as dt


def chi_number(born: dt.date, sex: str, serial: int = 12, modulus: int = 11) -> str:
    """A number of somebody born that day: the first serial from ``serial`` on that has a check
    digit by the modulus and none by the other one."""
    other = 21 - modulus
    for pair in range(serial, serial + 90):
        ninth = (pair * 2 + (sex == "male")) % 10
        first = f"{born:%d%m%y}{pair % 100:02d}{ninth}"
        check = check_digit(first, modulus)
        if check is not None and check != check_digit(first, other):
            return f"{first}{check}"
    raise AssertionError("no serial has such a check digit")


def check_digit(first: str, modulus: int) -> int | None:
    """The check digit of nine digits; None where modulus 11 has none."""
    if modulus == 11:
        remainder = 11 - sum(int(first[place]) * (10 - place) for place in range(9)) % 11
        return {10: None, 11: 0}.get(remainder, remainder)
    total = 0
    for place in range(9):
        digit = int(first[place])
        if place % 2 == 0:
            digit = sum(map(int, str(digit * 2)))
        total += digit
    return -total % 10

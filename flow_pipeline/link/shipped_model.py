"""The linkage model for data too small to learn from.

Learned from the tokens of a generated economy of 40,000 people (docs/linkage.md, "The shipped
model") and rounded. No real person's data went into it.
"""

# comparison: level: [m, u], the probability of the level among pairs that are one person, and
# among pairs that are two.
SHIPPED: dict[str, dict[str, list[float]]] = {
    "given": {
        "same": [0.975, 0.0032],
        "short_form": [0.016, 0.0007],
        "swapped": [0.0045, 0.00025],
        "near": [0.008, 0.0013],
        "like": [0.008, 0.0026],
        "in_part": [0.003, 0.02],
        "else": [0.003, 0.99],
    },
    "family": {
        "same": [0.965, 0.0025],
        "a_part": [0.005, 0.0003],
        "swapped": [0.0045, 0.0003],
        "near": [0.012, 0.0005],
        "like": [0.01, 0.0015],
        "in_part": [0.004, 0.02],
        "else": [0.024, 0.977],
    },
    "birth": {
        "same": [0.985, 0.00006],
        "swapped": [0.0025, 0.00001],
        "year_and_part": [0.0045, 0.0012],
        "day_and_month": [0.002, 0.0027],
        "year": [0.001, 0.0097],
        "else": [0.004, 0.986],
    },
    "sex": {
        "same": [0.997, 0.5],
        "else": [0.003, 0.5],
    },
    # By judgement: the generated economy lies in one postcode area.
    "address": {
        "same": [0.86, 0.001],
        "letters": [0.003, 0.0005],
        "sector": [0.05, 0.05],
        "district": [0.05, 0.25],
        "inward": [0.003, 0.001],
        "area": [0.02, 0.4],
        "else": [0.02, 0.299],
    },
    "number": {
        "same": [0.998, 0.00002],
        "else": [0.002, 0.99998],
    },
    "foreign": {
        "same": [0.998, 0.00002],
        "else": [0.002, 0.99998],
    },
    "reference": {
        "same": [0.512, 0.002],
        "else": [0.488, 0.998],
    },
}

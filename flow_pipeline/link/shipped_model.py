"""The linkage model for data too small to learn from. Its source: docs/linkage.md."""

# comparison: level: [m, u]
SHIPPED: dict[str, dict[str, list[float]]] = {
    "given": {
        "same": [0.85, 0.006],
        "short_form": [0.04, 0.004],
        "swapped": [0.01, 0.0005],
        "sound": [0.02, 0.006],
        "initials": [0.03, 0.01],
        "ending": [0.015, 0.008],
        "else": [0.05, 0.9735],
    },
    "family": {
        "same": [0.88, 0.002],
        "a_part": [0.03, 0.0005],
        "swapped": [0.01, 0.0005],
        "sound": [0.03, 0.003],
        "initials": [0.02, 0.006],
        "ending": [0.015, 0.004],
        "else": [0.03, 0.988],
    },
    "birth": {
        "same": [0.93, 5e-05],
        "swapped": [0.01, 3e-05],
        "year_and_part": [0.04, 0.0015],
        "day_and_month": [0.01, 0.0027],
        "year": [0.005, 0.012],
        "else": [0.005, 0.98372],
    },
    "sex": {
        "same": [0.99, 0.5],
        "else": [0.01, 0.5],
    },
    "address": {
        "same": [0.75, 0.0007],
        "sector": [0.05, 0.01],
        "district": [0.08, 0.1],
        "area": [0.1, 0.8],
        "else": [0.02, 0.0893],
    },
    "number": {
        "same": [0.985, 1e-05],
        "else": [0.015, 0.99999],
    },
    "reference": {
        "same": [0.512, 0.002],
        "else": [0.488, 0.998],
    },
}

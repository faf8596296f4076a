"""The hour that autumn repeats: in it a later moment may bear an earlier time."""

from flow_pipeline.contracts.language import Contract, Rule

_IS_LAST_SUNDAY_OF_OCTOBER = (
    "(EXTRACT(MONTH FROM {0}) = 10 AND EXTRACT(DAY FROM {0}) >= 25 "
    "AND EXTRACT(ISODOW FROM {0}) = 7)"
)


def spared(rule: Rule, contract: Contract) -> str | None:
    """SQL that is true for rows of which the rule says nothing: a moment of it lies in that hour.

    None for a rule without times. 01:10 can be later than 01:50 (definition: time).
    """
    fields = [contract.field(name) for name in rule.columns]
    night = _IS_LAST_SUNDAY_OF_OCTOBER
    moments = [
        f"({night.format(f.name)} AND EXTRACT(HOUR FROM {f.name}) = 1)"
        for f in fields
        if f.type == "datetime"
    ]
    nights = [night.format(f.name) for f in fields if f.type == "date"]
    hours = [f"STARTS_WITH({f.name}, '01:')" for f in fields if f.type == "time"]
    if nights and hours:
        moments.append(f"(({' OR '.join(nights)}) AND ({' OR '.join(hours)}))")
    return " OR ".join(moments) or None

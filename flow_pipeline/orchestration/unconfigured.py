"""What Dagster shows when there is no economy to show: what to do about it."""

import dagster as dg

from flow_pipeline.errors import ConfigurationError


def unconfigured(what_to_do: str) -> dg.Definitions:
    """Definitions with one asset whose description says what to set."""

    @dg.asset(
        name="configuration_needed",
        group_name="configuration",
        owners=["team:data-engineers"],
        description=what_to_do,
    )
    def _needed() -> None:
        raise ConfigurationError(what_to_do)

    return dg.Definitions(assets=[_needed])

-- Which journeys cost most or hand people over most, and how much of them is waiting?
SELECT
    journey_id,
    anchor_type,
    start_at,
    end_at,
    n_steps,
    n_handoffs,
    n_organisation_handoffs,
    total_wait_days,
    care_days,
    delay_days,
    n_failure_demand,
    cost,
    min_linkage_confidence
FROM journey
WHERE n_steps > 1
ORDER BY cost DESC NULLS LAST, n_handoffs DESC, journey_id
LIMIT 100;

-- Between which organisations people are handed over, over the whole period, most first.
-- Waits are recorded waiting, from the clock and not from the step before; concurrent steps are
-- no hand-offs.
CREATE VIEW v_handoffs_by_pair AS
SELECT
    s.from_sector,
    s.from_organisation_code,
    s.to_sector,
    s.to_organisation_code,
    s.handoff_type,
    count(*) AS n_handoffs,
    count(DISTINCT j.person_id) AS n_people,
    count(s.clock_wait_minutes) AS n_waits,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY s.clock_wait_minutes) AS median_wait_minutes
FROM journey_step AS s
JOIN journey AS j ON j.journey_id = s.journey_id
WHERE s.handoff_type IS NOT NULL AND s.is_concurrent = FALSE
GROUP BY
    s.from_sector, s.from_organisation_code, s.to_sector, s.to_organisation_code, s.handoff_type;

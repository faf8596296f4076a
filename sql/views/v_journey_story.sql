-- The steps of every journey in order, as one would tell them.
CREATE VIEW v_journey_story AS
SELECT
    s.journey_id,
    j.person_id,
    s.step_number,
    e.start_at,
    e.end_at,
    e.event_family,
    e.event_type,
    s.to_sector AS sector,
    s.to_organisation_code AS organisation_code,
    o.name AS organisation_name,
    s.to_team_code AS team_code,
    s.handoff_type,
    s.wait_basis,
    s.wait_minutes,
    s.clock_wait_minutes,
    s.is_concurrent,
    j.anchor_type
FROM journey_step AS s
JOIN journey AS j ON j.journey_id = s.journey_id
LEFT JOIN care_event AS e ON e.event_id = s.event_id
LEFT JOIN organisation AS o ON o.organisation_code = s.to_organisation_code;

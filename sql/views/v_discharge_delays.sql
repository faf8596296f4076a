-- Hospital stays from ready for discharge to discharge, one row each, with where the person went.
-- end_kind: event (discharged), competing (died) or censored (still in at the end of the data).
CREATE VIEW v_discharge_delays AS
SELECT
    d.person_id,
    d.journey_id,
    e.continuous_spell_id,
    e.organisation_code,
    e.site_code,
    e.specialty_code,
    d.start_at AS ready_at,
    d.end_at AS discharged_at,
    d.minutes / 1440.0 AS delay_days,
    d.end_kind,
    d.match_quality,
    s.last_destination_class AS destination_class,
    e.age_at_event,
    c.nights,
    c.is_emergency
FROM delay AS d
LEFT JOIN care_event AS e ON e.event_id = d.from_event_id
LEFT JOIN continuous_spell AS c ON c.continuous_spell_id = e.continuous_spell_id
LEFT JOIN (
    SELECT
        continuous_spell_id,
        destination_class AS last_destination_class,
        row_number() OVER (
            PARTITION BY continuous_spell_id
            ORDER BY admitted_at DESC, spell_id DESC
        ) AS from_last
    FROM spell
    WHERE continuous_spell_id IS NOT NULL
) AS s ON s.continuous_spell_id = e.continuous_spell_id AND s.from_last = 1
WHERE d.measure = 'discharge_delay';

-- What happened to the person from 90 days before to 90 days after the anchor of each journey,
-- in this journey or another. days_from_anchor is negative before the anchor.
CREATE VIEW v_anchor_window AS
SELECT
    j.journey_id,
    j.person_id,
    j.anchor_type,
    a.start_at AS anchor_at,
    e.event_id,
    e.event_family,
    e.event_type,
    e.sector,
    e.organisation_code,
    e.team_code,
    e.start_at,
    e.end_at,
    e.outcome_class,
    CAST(e.start_at AS date) - CAST(a.start_at AS date) AS days_from_anchor,
    coalesce(e.journey_id = j.journey_id, FALSE) AS is_in_journey
FROM journey AS j
JOIN care_event AS a ON a.event_id = j.anchor_event_id
JOIN care_event AS e ON e.person_id = j.person_id
WHERE j.anchor_type <> 'none'
  AND e.start_precision <> 'month'
  AND a.start_precision <> 'month'
  AND CAST(e.start_at AS date) - CAST(a.start_at AS date) BETWEEN -90 AND 90;

-- Which share of GP, outpatient and community appointments do the people of each practice miss?
-- Appointments cancelled beforehand, by either side, are not in the denominator.
SELECT
    p.gp_practice_code,
    e.event_family,
    count(*) AS n_appointments,
    sum(CASE WHEN e.outcome_class = 'dna' THEN 1 ELSE 0 END) AS n_missed,
    avg(CASE WHEN e.outcome_class = 'dna' THEN 1.0 ELSE 0.0 END) AS share_missed
FROM care_event AS e
JOIN person AS p ON p.person_id = e.person_id
WHERE e.event_family IN ('gp_appointment', 'outpatient', 'community_contact')
  AND e.outcome_class IN ('attended', 'dna')
GROUP BY p.gp_practice_code, e.event_family
ORDER BY e.event_family, share_missed DESC, p.gp_practice_code;

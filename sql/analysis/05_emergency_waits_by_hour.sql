-- At which hour of arrival do people spend longest in emergency departments?
-- Arrivals of unknown hour are left out, not taken for midnight.
SELECT
    e.site_code,
    extract(hour FROM e.start_at) AS arrival_hour,
    count(*) AS n_attendances,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY d.minutes) AS median_minutes,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY d.minutes) AS p90_minutes,
    avg(CASE WHEN d.minutes <= 240 THEN 1.0 ELSE 0.0 END) AS share_within_4_hours,
    sum(CASE WHEN d.minutes > 720 THEN 1 ELSE 0 END) AS n_over_12_hours
FROM delay AS d
JOIN care_event AS e ON e.event_id = d.from_event_id
WHERE d.measure = 'ed_arrival_to_departure'
  AND d.end_kind = 'event'
  AND e.start_precision = 'minute'
GROUP BY e.site_code, extract(hour FROM e.start_at)
ORDER BY e.site_code, arrival_hour;

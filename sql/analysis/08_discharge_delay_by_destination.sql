-- How long do people stay in hospital after they are ready to leave, by where they go?
-- Three figures, as the share without delay, the mean of all and the mean of those delayed tell
-- three different things. Only people discharged alive after at least one night.
SELECT
    destination_class,
    count(*) AS n_stays,
    avg(CASE WHEN delay_days = 0 THEN 1.0 ELSE 0.0 END) AS share_without_delay,
    avg(delay_days) AS mean_days,
    avg(CASE WHEN delay_days > 0 THEN delay_days END) AS mean_days_of_those_delayed,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY delay_days) AS median_days,
    sum(delay_days) AS bed_days_of_delay
FROM v_discharge_delays
WHERE end_kind = 'event'
GROUP BY destination_class
ORDER BY bed_days_of_delay DESC NULLS LAST, destination_class;

-- How much memory was free, and how much was paged?
--
-- parameter step 60: seconds for each row
-- parameter limit 100: rows, at most; the last ones
-- parameter from null: nothing before it
-- parameter to null: nothing after it
-- column time: when these seconds begin, in UTC
-- column free_mib: free memory, the mean, in MiB
-- column least_mib: the least, in MiB
-- column faults: page faults
-- column pageins: pages that were brought in
-- column pageouts: pages that were written out
-- column tasks: how many tasks there were, at most
select * from
  (select datetime(time_ns / 1000000000 / :step * :step, 'unixepoch') as time,
	  round(avg(free_bytes) / 1048576, 2) as free_mib,
	  round(min(free_bytes) / 1048576.0, 2) as least_mib,
	  cast(round(sum(faults_per_second * seconds)) as integer)
	    as faults,
	  cast(round(sum(pageins_per_second * seconds)) as integer)
	    as pageins,
	  cast(round(sum(pageouts_per_second * seconds)) as integer)
	    as pageouts, max(tasks) as tasks
   from snapshots
   where time_ns between coalesce(:from, -9223372036854775808)
     and coalesce(:to, 9223372036854775807)
   group by boot_id, time_ns / 1000000000 / :step
   order by max(time_ns) desc limit :limit)
order by time

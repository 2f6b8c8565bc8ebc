#!/bin/sh
# Trends: what 'mdtrace trend' says is what a counter did.
. "${0%/*}/lib.sh"

# trend COUNTER PROGRAM [OPTION...]: what jq makes of its trend.
trend ()
{
  counter=$1
  program=$2
  shift 2
  mdtrace --json trend "$@" "$counter" | jq -r "$program"
}

# last_is VALUE: whether a snapshot has found that level.
last_is ()
{
  [ "$(trend stock .last)" = "$1" ]
}

# has_values COUNTER N: whether there are as many.
has_values ()
{
  [ "$(trend "$1" .samples)" -ge "$2" ]
}

# near NAME EXPRESSION: NAME is that of x and y, seconds and values, to 2/1000.
near ()
{
  is "the $1 is right" "$(jq "[.series[].snapshot] as \$x |
    [.series[].value] as \$y | (\$y | length) as \$n |
    def mean: add / length;
    (\$x | mean) as \$mx | (\$y | mean) as \$my |
    ([\$x[] | (. - \$mx) * (. - \$mx)] | add) as \$sxx |
    ([range(\$n) | (\$x[.] - \$mx) * (\$y[.] - \$my)] | add) as \$sxy |
    ([\$y[] | (. - \$my) * (. - \$my)] | add) as \$syy |
    (.$1 - ($2)) | (if . < 0 then -. else . end) < 0.002" \
    "$scratch/trend")" true
}

# levels_are_right: a level, which every second shows until it is changed, and
# that what its trend says is what its own values come to.
levels_are_right ()
{
  mdtrace counter create --kind level --unit bytes stock >"$scratch/out"
  for value in 5000 4000 2048 1024 0; do
    mdtrace counter update stock "$value" >"$scratch/out"
    wait_until "a level of $value is seen" last_is "$value"
  done
  mdtrace counter disable stock >"$scratch/out"

  # What it says is what its own values come to.
  mdtrace --json trend stock >"$scratch/trend"
  is "the levels" "$(jq -c '[.series[].value] |
      reduce .[] as $v ([]; if .[-1] == $v then . else . + [$v] end) |
      if .[0] == 0 then .[1:] else . end' "$scratch/trend")" \
    '[5000,4000,2048,1024,0]'
  is "there is one a second" "$(jq -c '[.series[].snapshot] |
      .[-1] - .[0] == length - 1' "$scratch/trend")" true
  is "how many there are" "$(jq -c '.samples == (.series | length) and
      .window_seconds == .samples - 1' "$scratch/trend")" true
  near mean '$my'
  near deviation '$syy / ($n - 1) | sqrt'
  near growth '($y[-1] - $y[0]) / ($x[-1] - $x[0])'
  near slope '$sxy / $sxx'
  near prediction '$my + $sxy / $sxx * ($x[-1] + 1 - $mx)'
  is "an interval around the prediction" \
    "$(jq '.low < .prediction and .prediction < .high and
	 (.high + .low - 2 * .prediction | . < 0.002 and . > -0.002)' \
       "$scratch/trend")" true
  is "33 values are needed to tell what is usual" \
    "$(jq '(.anomaly == "too few values") == (.samples < 33)' \
       "$scratch/trend")" true
  is "and it is off" "$(jq -r '.state, .kind, .unit, .per_second' \
    "$scratch/trend" | tr '\n' ' ')" "off level bytes false "
}

start_vm guest
export MDTRACE_TARGET="vm:$vm"

# Nothing yet.
mdtrace counter create --kind duration --unit ns service >"$scratch/out"
is "no values" "$(mdtrace trend service)" \
  "service: no values yet; there is one each second in which there are durations"
is "as JSON" "$(trend service \
  '[.samples, .last, .mean, .slope, .low, .anomaly, (.series | length)] |
   tojson')" '[0,null,null,null,null,"too few values",0]'

levels_are_right

# For people.
mdtrace trend --plot stock >"$scratch/out"
text=$(cat "$scratch/out")
has "the title" "$text" '^stock: [0-9]+ values in [0-9]+ seconds; it is off now$'
has "the last value" "$text" '^  last +0 bytes$'
has "the slope, with its sign" "$text" '^  slope +[+-][0-9.]+ (bytes|KiB)/s, of'
has "the prediction" "$text" \
  '^  next second +-?[0-9.]+ .*, 19 times out of 20 from -?[0-9.]+ .* to -?[0-9.]+'
has "the judgement" "$text" '^  judgement +[A-Za-z]'
has "the scale of the plot" "$text" '^4.883 KiB \| *\*'
has "its other end" "$text" '^ +0 bytes \|'
has "the time" "$text" '^ +[0-2][0-9]:[0-5][0-9]:[0-5][0-9] '
is "it fits into 80 columns" "$(awk 'length > 80' "$scratch/out")" ""

# A count, by tasks without privileges: rates.
mdtrace counter create --unit rounds workload >"$scratch/out"
wait_until "there is a rate" has_values workload 1
workload "updates 100"
before=$(trend workload .samples)
wait_until "two more" has_values workload $((before + 2))
is "what was counted is what the rates come to" \
  "$(trend workload '[.series[].value] | add')" 5050
has "in units per second" "$(mdtrace trend workload)" \
  '^  mean +[0-9.]+ rounds/s$'
is "a window" "$(trend workload '.samples, (.series | length)' --window 2 |
		 tr '\n' ' ')" "2 2 "
is "of one" "$(trend workload '[.samples, .growth, .low] | tojson' -w 1)" \
  "[1,null,null]"

# Durations: the seconds in which there were some.
mdtrace counter update service 1500 >"$scratch/out"
wait_until "there is a mean" has_values service 1
is "a mean" "$(trend service '"\(.samples) \(.last)"')" "1 1500"
has "in units of time" "$(mdtrace trend service)" \
  '^  last +1.5 us, the mean of a second$'
has "one value is drawn too" "$(mdtrace trend --plot service)" \
  '^ +1.5 us \|\*'

# By a daemon.
start_daemon
is "by a daemon" "$(trend service .last)" 1500
has "drawn" "$(mdtrace trend --plot service)" '^ +1.5 us \|\*'
stop_daemon

# The same numbers come from a kernel of the other word size.
for kernel in $TEST_ARCHITECTURES; do
  [ "$kernel" = "$arch" ] && continue
  start_vm "other-$kernel" \
    --kernel "$TEST_BUILDDIR/build/test/gnumach-$kernel"
  export MDTRACE_TARGET="vm:$vm"
  levels_are_right
done
done_testing

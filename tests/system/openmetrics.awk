# What is wrong with a text of OpenMetrics 1.0: nothing at all is right.
function complain(what) { print FNR ": " what; wrong = 1 }

# Take the labels off the beginning of TEXT; returns what is behind them.
function take_labels(text,    seen, name) {
  text = substr(text, 2)
  while (match(text, /^[a-zA-Z_][a-zA-Z0-9_]*="/)) {
    name = substr(text, 1, RLENGTH - 2)
    if (name in seen) complain("label twice: " name)
    seen[name] = 1
    text = substr(text, RLENGTH + 1)
    while (match(text, /^([^"\\]|\\\\|\\"|\\n)/)) text = substr(text, RLENGTH + 1)
    if (substr(text, 1, 1) != "\"") { complain("label without an end"); return "" }
    text = substr(text, 2)
    if (substr(text, 1, 1) == ",") text = substr(text, 2)
    else break
  }
  if (substr(text, 1, 1) != "}") { complain("labels without an end"); return "" }
  return substr(text, 2)
}

ended { complain("something behind # EOF"); next }
$0 == "# EOF" { ended = 1; next }

/^# (TYPE|UNIT|HELP) / {
  if ($3 !~ /^[a-zA-Z_:][a-zA-Z0-9_:]*$/) complain("no name: " $3)
  if ($3 != family) {
    if ($3 in families) complain("family in two places: " $3)
    families[$3] = 1
    family = $3
    type = "unknown"
    samples = 0
  }
  if (samples) complain("description behind samples")
  if ($2 == "TYPE") {
    type = $4
    if (type !~ /^(counter|gauge|summary|info|histogram|unknown)$/)
      complain("no type: " type)
  }
  if ($2 == "UNIT" && substr(family, length(family) - length($4)) != "_" $4)
    complain("unit is not in the name of " family)
  if ($2 == "HELP" && $0 ~ /(^|[^\\])(\\\\)*"/) complain("quote in HELP")
  next
}

{
  if (!match($0, /^[a-zA-Z_:][a-zA-Z0-9_:]*/)) { complain("no sample"); next }
  name = substr($0, 1, RLENGTH)
  rest = substr($0, RLENGTH + 1)
  labels = ""
  if (substr(rest, 1, 1) == "{") {
    behind = take_labels(rest)
    labels = substr(rest, 1, length(rest) - length(behind))
    rest = behind
  }
  if (rest !~ /^ [-+]?([0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?|Inf|NaN)$/)
    complain("no value: " rest)
  if ((name labels) in sample) complain("sample twice: " name labels)
  sample[name labels] = 1
  samples++
  suffix = substr(name, length(family) + 1)
  if (substr(name, 1, length(family)) != family) complain("of another family")
  else if (type == "counter" && suffix != "_total") complain("no _total")
  else if (type == "counter" && rest ~ /^ -/) complain("a negative counter")
  else if (type == "summary" && suffix !~ /^_(count|sum)$/) complain("no sum")
  else if (type == "gauge" && suffix != "") complain("a gauge has no suffix")
}

END { if (!ended) complain("no # EOF"); exit wrong }

# What is wrong with a document of JSON trace events: nothing at all is right.
def check(condition; $what): if condition then empty else $what end;

def well_formed:
  check((.ph | type) == "string"; "a record has no phase"),
  check((.pid | type) == "number"; "a record has no process"),
  check(.ph == "C" or (.tid | type) == "number"; "a record has no thread"),
  check(.ph == "M" or (.ts | type) == "number"; "a record has no time"),
  check(.ph == "M" or .ts >= 0; "a time is before the first boot"),
  check(.ph == "s" or .ph == "f" or (.name | type) == "string";
	"a record has no name"),
  check(.ph != "X" or .dur >= 0; "a slice has no duration"),
  check(.ph != "C" or (.args | length == 1 and (.[] | type) == "number");
	"a counter has no value"),
  check(.ph != "i" or .s == "t" or .s == "p"; "an instant has no scope"),
  check([.ph] | inside(["M", "X", "i", "C", "s", "f"]); "an unknown phase");

# Slices of a track lie within each other, or beside.  In thousandths, to be
# exact.
def nested:
  [.[] | select(.ph == "X")
   | {tid, begin: (.ts * 1000 | round), end: ((.ts + .dur) * 1000 | round)}]
  | group_by(.tid)[] | sort_by(.begin, -.end)
  | reduce .[] as $slice ({open: [], wrong: 0};
      .open |= [.[] | select(. > $slice.begin)]
      | if any(.open[]; . < $slice.end) then .wrong += 1 else . end
      | .open += [$slice.end])
  | check(.wrong == 0; "\(.wrong) slices overlap");

# An arrow goes from one slice to a later one.
def arrows:
  [.[] | select(.ph == "s" or .ph == "f")] | group_by(.id)[]
  | check(length <= 2 and .[0].ph == "s"; "an arrow without a beginning"),
    check(length == 1 or (.[1].ph == "f" and .[1].ts > .[0].ts);
	  "an arrow back in time");

# Each track that is used is called something.
def called:
  ([.[] | select(.name == "thread_name") | .tid]) as $tids
  | ([.[] | select(.name == "process_name") | .pid]) as $pids
  | check((([.[] | select(.ph != "M") | .pid] | unique) - $pids) == [];
	  "a process without a name"),
    check((([.[] | select(.ph == "X") | .tid] | unique) - $tids) == [];
	  "a thread without a name"),
    check(($tids | unique | length) == ($tids | length);
	  "a thread with two names");

check(.displayTimeUnit == "ns"; "no unit"),
(.traceEvents | (.[] | well_formed), nested, arrows, called)

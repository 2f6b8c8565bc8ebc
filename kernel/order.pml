/* The order of time among several trace rings, for the model checker spin.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Two CPUs with a ring and a watermark each (ring_set_watermark in
   kernel/ring.c), and who merges what they write (mdtrace_rings_look and
   mdtrace_rings_next_by_time in libmdtrace/rings.c).  What goes on in one ring
   is in kernel/ring.pml, and what is assumed of memory too; rings here are
   large enough.

   A CPU takes the time, then writes the record, then publishes it, with
   interrupts off: no tick comes in between.  A watermark is written in two
   halves, as a machine of 32 bits does.

   What must hold: what is merged is in the order of time, and in the end
   nothing is missing.

   -DMUTATION= one of the mistakes below.  */

#ifndef MUTATION
#define MUTATION 0
#endif

#define LOOKS_AT_HEADS_FIRST (MUTATION == 1)
#define IGNORES_SEQUENCE (MUTATION == 2)
#define IGNORES_WATERMARKS (MUTATION == 3)
#define HAS_NO_ODD_SEQUENCE (MUTATION == 4)

#define CPUS 2
#define EVENTS 3 /* of a CPU: records and ticks; the second has one less */
#define TRIES 2	 /* at a watermark */
#define HALF 4	 /* what the low half counts up to */
#define LATEST 255

byte clock = HALF - 2;

typedef ring
{
  byte times[EVENTS];
  byte head;
  byte sequence, high, low; /* the watermark */
}
ring rings[CPUS];
byte ended; /* CPUs that have */

proctype cpu (byte self)
{
  byte events = self, time;

  do
  :: events < EVENTS ->
     events++;
     d_step {
       clock++;
       time = clock
     }
     if
     :: rings[self].times[rings[self].head] = time;
	rings[self].head++
     :: if
	:: HAS_NO_ODD_SEQUENCE
	:: !HAS_NO_ODD_SEQUENCE -> rings[self].sequence++
	fi;
	rings[self].high = time / HALF;
	rings[self].low = time % HALF;
	rings[self].sequence =
	  rings[self].sequence + (HAS_NO_ODD_SEQUENCE -> 2 : 1)
     fi;
     time = 0
  :: else -> break
  od;
  ended++
}

proctype reader ()
{
  byte watermarks[CPUS], heads[CPUS], positions[CPUS];
  byte i, tries, sequence, watermark, until, last, first;
  bool is_last;

  do
  :: true ->
     is_last = (ended == CPUS);
     if
     :: LOOKS_AT_HEADS_FIRST ->
	heads[0] = rings[0].head;
	heads[1] = rings[1].head
     :: else
     fi;
     i = 0;
     do
     :: i < CPUS ->
	tries = 0;
	do
	:: tries < TRIES ->
	   sequence = rings[i].sequence;
	   watermark = HALF * rings[i].high;
	   watermark = watermark + rings[i].low;
	   if
	   :: IGNORES_SEQUENCE ||
		(sequence % 2 == 0 && sequence == rings[i].sequence) ->
	      watermarks[i] =
		(watermark > watermarks[i] -> watermark : watermarks[i]);
	      break
	   :: else -> tries++
	   fi
	:: else -> break
	od;
	i++
     :: else -> break
     od;
     i = 0;
     d_step {
       tries = 0; sequence = 0; watermark = 0;
       until =
	 (watermarks[0] < watermarks[1] -> watermarks[0] : watermarks[1]);
       until = (is_last || IGNORES_WATERMARKS -> LATEST : until)
     }
     if
     :: !LOOKS_AT_HEADS_FIRST ->
	heads[0] = rings[0].head;
	heads[1] = rings[1].head
     :: else
     fi;
     /* Nobody else writes to what lies before the heads.  */
     d_step {
       do
       :: true ->
	  first = CPUS;
	  for (i : 0 .. CPUS - 1) {
	    if
	    :: positions[i] < heads[i] ->
	       if
	       :: rings[i].times[positions[i]] <= until ->
		  if
		  :: first == CPUS -> first = i
		  :: else ->
		     if
		     :: rings[i].times[positions[i]] <
			  rings[first].times[positions[first]] -> first = i
		     :: else
		     fi
		  fi
	       :: else
	       fi
	    :: else
	    fi
	  }
	  if
	  :: first == CPUS -> break
	  :: else ->
	     assert (rings[first].times[positions[first]] > last);
	     last = rings[first].times[positions[first]];
	     positions[first]++
	  fi
       od;
       i = 0; until = 0; first = 0; heads[0] = 0; heads[1] = 0
     }
     if
     :: is_last -> break
     :: else
     fi
  od;
  assert (positions[0] == rings[0].head && positions[1] == rings[1].head)
}

init
{
  atomic {
    run cpu (0);
    run cpu (1);
    run reader ()
  }
}

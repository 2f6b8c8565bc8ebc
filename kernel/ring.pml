/* The protocol of the trace rings, for the model checker spin.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   One ring, with its producer (kernel/ring.c, record.c), the server that lets
   it be claimed (claim.c), and those who read it (libmdtrace/rings.c and
   mdtraced/drain.c).  tests/system/tst.ring-model.sh lets every interleaving
   of them be searched, and makes sure that mistakes are found; kernel/order.pml
   has the merging of several rings.

   A word of the ring's memory is modelled by the number of the hit whose
   record it belongs to, 0 in a pad, and how many words of that are left.
   Positions are never reduced, which the code does to native words.

   What is assumed of memory: loads become effective in the order of the
   program, and so do stores, for all others at once.  x86 gives that, and the
   compiler is kept from changing it: the head is stored to release what was
   written before and loaded to acquire it, and so is the tail; behind the store
   of oldest stands a barrier, since to release holds nothing back that follows,
   and a fence to acquire before it is loaded by who has copied a record.  What
   x86 does not give, a store before a later load, has full_barrier in
   dtrace_hit and rings_stop.  Each statement here is at most one load or store
   of what others see.

   What must hold:
     hits = recorded + dropped, and what was recorded is stored once and in
     order, or has been overwritten and counted, or is in the ring yet;
     nobody takes for a record what is being written, was overwritten, or was
     released before;
     nothing is written where it was not released, or outside of the memory;
     oldest <= head <= oldest + size, whatever stands in the tail;
     nobody waits for ever, which spin sees by itself.

   -DSCENARIO=
     1 discard mode: a reader that may die at any moment, and its successor
     2 overwrite mode: the ring is claimed, read and given back, and the lease
       may end at any moment, of which the reader does not know
     3 discard mode: whoever can write the tail writes anything
     4 overwrite mode: the same, and the ring is frozen and thawed
   -DMUTATION= one of the mistakes below.  */

#ifndef SCENARIO
#define SCENARIO 1
#endif
#ifndef MUTATION
#define MUTATION 0
#endif

#define PUBLISHES_TOO_EARLY (MUTATION == 1)   /* the head before the data */
#define RELEASES_TOO_EARLY (MUTATION == 2)    /* before the commit */
#define BELIEVES_ANY_TAIL (MUTATION == 3)     /* as a position */
#define WRITES_ACROSS_END (MUTATION == 4)     /* instead of a pad */
#define FORGETS_POSITION (MUTATION == 5)      /* that was committed */
#define TRUSTS_ITS_COPY (MUTATION == 6)	      /* looks not at oldest again */
#define GIVES_UP_TOO_LATE (MUTATION == 7)     /* says so after overwriting */
#define WAITS_FOR_NO_HANDLER (MUTATION == 8)  /* when the ring is stopped */
#define LOOKS_BEFORE_IT_ASKS (MUTATION == 9)  /* whether it is stopped */
#define HAS_NO_BARRIER (MUTATION == 10)	      /* in dtrace_hit */
#define LOSES_COUNT (MUTATION == 11)	      /* of what is dropped */
#define OVERWRITES_UNREAD (MUTATION == 12)    /* as if all were released */

#define OVERWRITE (SCENARIO == 2 || SCENARIO == 4)
#define HOSTILE (SCENARIO >= 3)

#ifndef SIZE
#define SIZE 4
#endif
#ifndef HITS
#define HITS 4
#endif
#ifndef DEATHS
#define DEATHS 2
#endif
#define POSITION_MAX (HITS * 3 + SIZE)

/* What all see.  The words of the memory: */
byte name[SIZE]; /* the hit's number */
byte left[SIZE]; /* words of the record from here on */
byte head, oldest, tail;

/* [c] The producer's own.  */
byte own_head, own_oldest, limit;
bool frozen;
bool inside; /* of a handler */

/* [s] The server's.  */
bool stopped, claimed;

/* Counts, and what truth is.  */
byte hits, recorded, dropped, overwritten;
bool is_recorded[HITS + 1];
bool is_done;	   /* the producer has seen all hits */
bool lease_ended;  /* once at least */
byte released_to;  /* by who is not hostile */

/* The database: it survives its daemon.  */
byte stored, stored_last, stored_position;

/* ---------------------------------------------------------------------- */
/* The producer */

/* With somebody hostile it is anything at each look.  */
inline load_tail (to)
{
  if
  :: HOSTILE -> select (to : 0 .. POSITION_MAX)
  :: !HOSTILE -> to = tail
  fi
}

/* ring_released */
inline get_released (to)
{
  to = own_oldest;
  if
  :: !OVERWRITE || frozen ->
     load_tail (to);
     if
     :: OVERWRITES_UNREAD -> to = own_head
     :: BELIEVES_ANY_TAIL -> skip
     :: else ->
	if
	:: to < own_oldest || to > own_head -> to = own_oldest
	:: else
	fi
     fi
  :: else
  fi
}

inline set_oldest (to)
{
  own_oldest = to;
  if
  :: !GIVES_UP_TOO_LATE -> oldest = to
  :: else
  fi
}

/* Write the record of NUMBER, of WORDS words, and commit it.  */
inline write (number, words)
{
  if
  :: PUBLISHES_TOO_EARLY -> head = own_head + words
  :: else
  fi;
  i = 0;
  do
  :: i < words ->
     atomic {
       assert (own_head + i < own_oldest + SIZE);
       assert (HOSTILE || OVERWRITE || own_head + i < released_to + SIZE);
       assert (!(frozen && claimed));
       assert (own_head % SIZE + i < SIZE);
       name[(own_head + i) % SIZE] = number;
       left[(own_head + i) % SIZE] = words - i;
       i++
     }
  :: else -> break
  od;
  i = 0;
  own_head = own_head + words;
  head = own_head;
  if
  :: GIVES_UP_TOO_LATE -> oldest = own_oldest
  :: else
  fi
}

/* give_up_oldest: whole records of WORDS words at least.  */
inline give_up (words)
{
  d_step {
    at = own_oldest;
    do
    :: at - own_oldest >= words -> break
    :: else ->
       if
       :: left[at % SIZE] == 0 || left[at % SIZE] > own_head - at ||
	    left[at % SIZE] > SIZE - at % SIZE ->
	  assert (HOSTILE);
	  at = own_head;
	  break
       :: else ->
	  overwritten = overwritten + (name[at % SIZE] != 0 -> 1 : 0);
	  at = at + left[at % SIZE]
       fi
    od
  }
  set_oldest (at)
}

/* ring_make_room; ROOM says whether there is.  */
inline make_room (words)
{
  room = true;
  if
  :: frozen ->
     if
     :: claimed -> room = false
     :: else ->
	get_released (at);
	set_oldest (at);
	frozen = false
     fi
  :: else
  fi;
  if
  :: room ->
     get_released (at);
     if
     :: at != own_oldest -> set_oldest (at)
     :: else
     fi;
     d_step {
       free = SIZE - (own_head - own_oldest);
       to_end = (WRITES_ACROSS_END -> SIZE : SIZE - own_head % SIZE);
       needed = (to_end < words -> to_end + words : words)
     }
     if
     :: OVERWRITE && free < needed && needed <= SIZE ->
	give_up (needed - free);
	free = SIZE - (own_head - own_oldest)
     :: else
     fi;
     if
     :: free < needed -> room = false
     :: else ->
	if
	:: to_end < words ->
	   write (0, to_end);
	   d_step {
	     free = free - to_end;
	     to_end = SIZE
	   }
	:: else
	fi
     fi;
     d_step {
       limit = own_head + (free < to_end -> free : to_end);
       assert (limit - own_head >= words || !room);
       assert (own_oldest <= own_head && own_head <= own_oldest + SIZE);
       assert (limit <= own_oldest + SIZE);
       at = 0; free = 0; to_end = 0; needed = 0
     }
  :: else
  fi
}

active proctype producer ()
{
  byte words, at, free, to_end, needed, i;
  bool room, may_go_on;

  do
  :: hits < HITS ->
     d_step {
       hits++;
       room = false
     }
     if
     :: words = 1
     :: words = 2
     :: words = 3
     fi;
     /* dtrace_hit, and record_has_room.  Less than its words before the limit
	is no room, and so is anything while it is stopped.  */
     if
     :: LOOKS_BEFORE_IT_ASKS ->
	inside = true;
	room = (limit - own_head >= words);
	may_go_on = !stopped
     :: HAS_NO_BARRIER ->
	may_go_on = !stopped;
	inside = true;
	room = (limit - own_head >= words)
     :: else ->
	inside = true;
	may_go_on = !stopped;
	room = may_go_on && (limit - own_head >= words)
     fi;
     if
     :: !may_go_on -> room = false
     :: may_go_on && room
     :: may_go_on && !room -> make_room (words)
     fi;
     if
     :: room ->
	write (hits, words);
	d_step {
	  recorded++;
	  is_recorded[hits] = true
	}
     :: !room && !LOSES_COUNT -> dropped++
     :: !room && LOSES_COUNT
     fi;
     assert (hits == recorded + dropped);
     d_step {
       words = 0;
       room = false;
       may_go_on = false;
       inside = false
     }
  :: else -> break
  od;
  is_done = true
}

/* ---------------------------------------------------------------------- */
/* The server, on the CPU of whoever asks */

/* rings_stop */
inline stop ()
{
  stopped = true;
  if
  :: WAITS_FOR_NO_HANDLER
  :: !WAITS_FOR_NO_HANDLER -> !inside
  fi
}

inline take_claim ()
{
  stop ();
  d_step {
    claimed = true;
    if
    :: OVERWRITE && !frozen ->
       tail = own_oldest;
       limit = own_head;
       frozen = true
    :: else
    fi
  }
  stopped = false
}

inline release_claim ()
{
  stop ();
  load_tail (any);
  skip;
  d_step {
    claimed = false;
    if
    :: frozen ->
       if
       :: any >= own_oldest && any <= own_head ->
	  own_oldest = any;
	  oldest = any
       :: else
       fi;
       frozen = false
    :: else
    fi;
    any = 0
  }
  stopped = false
}

/* ---------------------------------------------------------------------- */
/* Readers */

#if !HOSTILE
/* Read the record at the position, up to SEEN; RESULT is what it was: */
#define IS_PAD 1
#define IS_RECORD 2
#define IS_TOO_LATE 3 /* the ring has said that it may be anything */

inline read_record ()
{
  d_step {
    number = name[position % SIZE];
    words = left[position % SIZE];
    torn = (words == 0 || words > seen - position ||
	    words > SIZE - position % SIZE)
  }
  if
  :: !torn && number != 0 ->
     i = 1;
     do
     :: i < words ->
	d_step {
	  torn = torn || name[(position + i) % SIZE] != number ||
		 left[(position + i) % SIZE] != words - i;
	  i++
	}
     :: else -> break
     od;
     i = 0
  :: else
  fi;
  if
  :: !TRUSTS_ITS_COPY && oldest > position -> result = IS_TOO_LATE
  :: else ->
     d_step {
       assert (!torn);
       assert (number <= HITS);
       assert (position >= released_to);
       result = (number == 0 -> IS_PAD : IS_RECORD);
       if
       :: number != 0 ->
	  /* In order, and none was left out.  */
	  assert (number > last);
	  last++;
	  do
	  :: last < number -> assert (!is_recorded[last] || OVERWRITE); last++
	  :: else -> break
	  od;
	  count++
       :: else
       fi;
       position = position + words
     }
  fi;
  d_step {
    number = 0; words = 0; torn = false
  }
}

/* mdtrace_rings_release */
inline release_tail ()
{
  d_step {
    tail = position;
    released_to = (lease_ended -> released_to : position)
  }
}

/* The transaction that stores what was read since the last one.  */
inline commit ()
{
  d_step {
    stored = stored + count;
    count = 0;
    stored_last = last;
    stored_position = position
  }
}
#endif

#if SCENARIO == 1
/* A daemon, and the next one after each death.  It looks once more after the
   producer has ended.  */
active proctype reader ()
{
  byte position, seen, number, words, i, last, count, result, deaths;
  bool torn, is_last_look;

begin:
  skip;
  d_step {
    seen = 0; last = stored_last; count = 0; is_last_look = false;
    position = oldest
  }
  /* open_ring, then resume in drain.c */
  seen = head;
  if
  :: tail >= position && tail <= seen -> position = tail
  :: else
  fi;
  if
  :: !FORGETS_POSITION && stored_position >= position &&
       stored_position <= seen ->
     position = stored_position;
     release_tail ()
  :: else
  fi;

look:
  is_last_look = is_done;
  seen = head;
  do
  :: position < seen ->
     read_record ();
     assert (result != IS_TOO_LATE)
  :: position == seen -> break
  /* The batch is full.  */
  :: count > 0 && !is_last_look -> break
  :: deaths < DEATHS -> goto died
  od;
  if
  :: RELEASES_TOO_EARLY -> release_tail ()
  :: else
  fi;
  if
  :: deaths < DEATHS -> goto died
  :: true
  fi;
  commit ();
  if
  :: deaths < DEATHS -> goto died
  :: true
  fi;
  release_tail ();
  if
  :: is_last_look -> goto end
  :: !is_last_look -> goto look
  fi;

died:
  deaths++;
  goto begin;

end:
  assert (stored == recorded)
}
#endif

#if SCENARIO == 2
/* Somebody who looks at a flight recorder, again and again.  */
active proctype reader ()
{
  byte position, seen, number, words, i, last, count, result, any;
  bool torn, is_last;

  do
  :: true ->
     is_last = is_done;
     take_claim ();
     d_step {
       position = (tail >= oldest && tail <= head -> tail : oldest);
       seen = head;
       last = 0;
       count = 0
     }
     result = IS_PAD;
     do
     :: position < seen && result != IS_TOO_LATE -> read_record ()
     :: else -> break
     /* That was enough.  */
     :: count > 0 && !is_last -> break
     od;
     commit ();
     if
     :: result != IS_TOO_LATE -> release_tail ()
     :: else
     fi;
     if
     :: claimed -> release_claim ()
     :: else
     fi;
     if
     :: is_last -> break
     :: else
     fi
  od;
  assert (lease_ended || recorded == stored + overwritten)
}

/* The clock, by which a lease ends.  */
active proctype lease ()
{
  do
  :: atomic { claimed && !lease_ended ->
       claimed = false;
       lease_ended = true
     }
  :: is_done -> break
  od
}
#endif

#if SCENARIO == 4
active proctype server ()
{
  byte any;

  do
  :: !is_done ->
     take_claim ();
     if
     :: release_claim ()
     :: claimed = false /* its lease has ended */
     fi
  :: is_done -> break
  od
}
#endif

/* The functions of the stand-in's kernel, and the table of their sites.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The functions are real ones, each in a cell of its own: they can be patched
   and executed.  Behind those that have a name below are as many of the form
   function_NNN as make several pages.  */

#ifndef UNIT_STANDIN_TEXT_H
#define UNIT_STANDIN_TEXT_H

struct breakpoint_frame;
struct table_site;

enum standin_function
{
  ALPHA,     /* two arguments: adds them and one */
  ALPHA_TOO, /* another name of it */
  BETA,	     /* no argument: loads a word relative to its place */
  GAMMA,     /* refused: part of the trap path */
  DELTA,     /* its entry is to be had by a breakpoint alone: a loop follows */
  TWIN_ONE,  /* twin, in one.c */
  TWIN_TWO,  /* twin, in two.c */
  MANY,	     /* eight arguments, six of them in registers */
  STACKED,   /* two arguments, the second not in a register */
  FORK,	     /* two returns, the first by a breakpoint alone */
  LEADING,   /* its first return's jump begins earlier */
  TAIL,	     /* jumps to ALPHA; its two sites overlap */
  CALLER,    /* calls ALPHA in what its jump displaces */
  INDIRECT,  /* calls ALPHA by a pointer in memory, then by a register */
  RELATIVES, /* operands relative to RIP with others behind them */
  JUMPS,     /* jumps of all lengths */
  SHORT,     /* nothing but a return: its sites are one */
  CANNOT,    /* its first instruction cannot be moved */
  RECOVERED, /* a fault in its first instruction is recovered */
  NEVER,     /* never returns */
  COLD,	     /* refused: the cold part of another */
  IN_RBX,    /* its argument is where only a breakpoint finds it */
  FUNCTION_0,
  STANDIN_FUNCTIONS = FUNCTION_0 + 300,
  STANDIN_REFUSED = 4, /* at their entry */
  STANDIN_ALIASES = 1,
  STANDIN_CELL_BYTES = 64,
  STANDIN_TEXT_BYTES = STANDIN_FUNCTIONS * STANDIN_CELL_BYTES,
  /* Where returns are in their functions.  */
  LEADING_RETURN = 18,
  LEADING_LEAD = 6
};

/* The word that BETA and RELATIVES use.  */
extern uint32_t *standin_word;

/* Write the functions' text and the table of their sites.  */
void standin_make_table (void);

/* Damage the table, so that it is not one.  */
void standin_break_table (void);

const char *standin_name (enum standin_function function);

/* Where FUNCTION's first instruction is.  It can be executed.  */
uint8_t *standin_text (enum standin_function function);

/* How long its code is, without filling.  */
unsigned standin_bytes (enum standin_function function);

/* What the cell of FUNCTION is when nothing is patched.  */
const uint8_t *standin_original_text (enum standin_function function);

/* Its entry, or the return with NUMBER, from 1 on.  Null if it has none.  */
const struct table_site *standin_site (enum standin_function function,
				       unsigned number);

/* Whether nothing of all the text is patched.  */
bool standin_text_is_original (void);

/* The processor as it is by default: arguments 1, 2, 3, …, and in other
   registers what their numbers say, in hundreds.  */
void standin_make_frame (struct breakpoint_frame *frame);

/* Do what it does to mdtrace to reach the instruction at ADDRESS, with the
   registers of FRAME: by a breakpoint, or by a jump that is for that place.
   Returns whether it was a hit.  */
bool standin_reach (word_t address, struct breakpoint_frame *frame);

/* The same at the entry of FUNCTION, with arguments 1, 2, 3, …  */
bool standin_call (enum standin_function function);

#endif /* UNIT_STANDIN_TEXT_H */

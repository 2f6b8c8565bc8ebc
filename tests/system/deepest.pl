# deepest.pl FUNCTION OBJECT...: the most stack that FUNCTION uses, with all that
# it calls, and by which way.
# Copyright (C) 2026 the mdtrace authors.
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What each function uses by itself is in the .su file beside its object, as the
# compiler (-fstack-usage) says; who calls whom is read off the objects, and
# where a jump ends a function it gives its stack back first.  A call
# that leads out of them, a function of unknown use, recursion, or a call by a
# register is an error.  The return address counts.
use strict;
use warnings;

my ($root, @objects) = @ARGV;
my (%use, %varies, %how, %busy, $word);

for my $object (@objects) {
    (my $su = $object) =~ s/\.o$/.su/;
    if (open my $file, '<', $su) {
        while (<$file>) {
            my ($place, $bytes, $how) = split /\t/;
            $place =~ /:(\w[\w.]*)$/ or next;
            # Of a static inline function there may be several.
            my $name = plain($1);
            $use{$name} = $bytes if ($use{$name} // -1) < $bytes;
            $varies{$name} = 1 if $how !~ /^static/;
        }
    }
    my ($function, $kind);
    for (`objdump -dr --no-show-raw-insn $object`) {
        $word = /x86-64/ ? 8 : 4 if /file format/;
        $function = $1 if /^[0-9a-f]+ <([\w.]+)>:/;
        next unless defined $function;
        if (/\tcall\w*\s+\*/) {
            $how{$function}{'a register'}{calls} = 1;
        } elsif (/\t(call|jmp)\w*\s+[0-9a-f]+ <([\w.+]+)>/) {
            $kind = $1 eq 'call' ? 'calls' : 'ends in';
            $how{$function}{$2}{$kind} = 1
              unless $2 =~ /^\Q$function\E(?:\+|$)/;
        } elsif (/R_\w+\s+([\w.]+)/) {
            # Of the call or jump before it; or of data.
            $how{$function}{$1}{$kind} = 1 if defined $kind;
            undef $kind;
        } else {
            undef $kind;
        }
    }
}

# gcc's clones: what is in front of the first dot.
sub plain { my $name = shift; $name =~ s/\..*//; return $name }

sub deepest {
    my $name = shift;
    die "$name calls itself\n" if $busy{$name};
    die "$name: what it uses is not known\n"
      if not defined $use{ plain($name) } or $varies{ plain($name) };
    $busy{$name} = 1;
    my ($most, $way) = (0, '');
    my $own = $use{ plain($name) } + $word;
    for my $callee (sort keys %{ $how{$name} }) {
        die "$name calls by $callee\n" if $callee eq 'a register';
        my ($bytes, $further) = deepest($callee);
        # A jump at the end has its caller's place.
        $bytes += $own if $how{$name}{$callee}{calls};
        ($most, $way) = ($bytes, " > $further") if $bytes > $most;
    }
    $busy{$name} = 0;
    return ($most > $own ? $most : $own, "$name($own)$way");
}

my ($bytes, $way) = deepest($root);
print "$bytes $way\n";

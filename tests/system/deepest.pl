# deepest.pl FUNCTION OBJECT...: the most stack that FUNCTION uses, with all that
# it calls, and by which way.
# Copyright (C) 2026 the mdtrace authors.
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What each function uses by itself is in the .su file beside its object, as the
# compiler (-fstack-usage) says; who calls whom is read off the objects.  A call
# that leads out of them, a function of unknown use, recursion, or a call by a
# register is an error.  The return address counts.
use strict;
use warnings;

my ($root, @objects) = @ARGV;
my (%use, %calls, %busy, $word);

for my $object (@objects) {
    (my $su = $object) =~ s/\.o$/.su/;
    if (open my $file, '<', $su) {
        while (<$file>) {
            my ($place, $bytes, $how) = split /\t/;
            $place =~ /:(\w[\w.]*)$/ or next;
            # Of a static inline function there may be several.
            $use{$1} = $bytes if ($use{$1} // -1) < $bytes;
            die "$1: $how\n" if $how !~ /^static/ and $1 eq $root;
        }
    }
    my $function;
    for (`objdump -dr --no-show-raw-insn $object`) {
        $word = /x86-64/ ? 8 : 4 if /file format/;
        $function = $1 if /^[0-9a-f]+ <([\w.]+)>:/;
        next unless defined $function;
        if (/\tcall\w*\s+\*/) {
            $calls{$function}{'a register'} = 1;
        } elsif (/\t(?:call|jmp)\w*\s+[0-9a-f]+ <([\w.]+)>/) {
            $calls{$function}{$1} = 1 unless $1 eq $function;
        } elsif (/R_(?:X86_64|386)_(?:PLT32|PC32)\s+([\w.]+)/) {
            $calls{$function}{$1} = 1 if $1 !~ /^\./ and $1 ne $function;
        }
    }
}

# Data that is addressed relative to the instruction is no call.
sub is_function { my $name = shift; return exists $use{plain($name)} }

# gcc's clones: what is in front of the first dot.
sub plain { my $name = shift; $name =~ s/\..*//; return $name }

sub deepest {
    my $name = shift;
    die "$name calls itself\n" if $busy{$name};
    die "$name: its use is not known\n" unless is_function($name);
    $busy{$name} = 1;
    my ($most, $way) = (0, '');
    for my $callee (sort keys %{ $calls{$name} }) {
        die "$name calls by $callee\n" if $callee eq 'a register';
        next unless is_function($callee);
        my ($bytes, $further) = deepest($callee);
        ($most, $way) = ($bytes, " > $further") if $bytes > $most;
    }
    $busy{$name} = 0;
    return ($most + $use{ plain($name) } + $word, $name . $way);
}

my ($bytes, $way) = deepest($root);
print "$bytes $way\n";

# addresses.pl CODE RECOVERED REFUSED ACCEPTED: what a kernel accepted as
# addresses of probes, compared with what objdump says.
# Copyright (C) 2026 the mdtrace authors.
# SPDX-License-Identifier: GPL-2.0-or-later
#
# CODE is objdump's listing; RECOVERED objdump's dump of the tables of places
# where faults are recovered; REFUSED the addresses of functions that may not be
# probed at all; ACCEPTED a line ADDRESS BYTES COUNT SUM for each function, as
# the driver task prints it.  Prints a line for each function that differs.
use strict;
use warnings;

no warnings 'portable';

my ($code, $recovered, $refused, $accepted) = @ARGV;
my (%unsafe, %is_refused, %starts);

# Whole words of the tables, of the machine's size: an address and where to go
# on.  Whatever else they are is no instruction's address.
open my $file, '<', $recovered or die;
my $bytes = '';
while (<$file>) {
    /^ [0-9a-f]+ ((?:[0-9a-f]{2,8} ){1,4})/ or next;
    (my $hex = $1) =~ s/ //g;
    $bytes .= pack 'H*', $hex;
}
my $template = -s $code && `head -n 3 $code` =~ /elf64/ ? 'Q<*' : 'V*';
$unsafe{$_} = 1 for unpack $template, $bytes;

open $file, '<', $refused or die;
while (<$file>) {
    chomp;
    $is_refused{ hex substr $_, 2 } = 1;
}

open $file, '<', $code or die;
while (<$file>) {
    /^\s*([0-9a-f]+):\t(.*)/ or next;
    my ($address, $text) = (hex $1, $2);
    $starts{$address} = 1;
    # Instructions that do something else in another place.
    $unsafe{$address} = 1
      if $text =~ /^(?:int3|ud2|hlt|sti|loop\w*|j[er]?cxz|lcall)\b/
      or $text =~ /\(bad\)/
      or $text =~ /^call\w*\s+\*.*\(%[er]sp/;
}

open $file, '<', $accepted or die;
while (<$file>) {
    my ($begin, $length, $count, $sum) = split;
    $begin = hex $begin;
    my ($expected_count, $expected_sum) = (0, 0);
    for my $i ($is_refused{$begin} ? () : 0 .. $length - 1) {
        next unless $starts{ $begin + $i } and not $unsafe{ $begin + $i };
        $expected_count++;
        $expected_sum = ($expected_sum * 31 + $i) % 2**32;
    }
    printf "%x: %d accepted, expected %d\n", $begin, $count, $expected_count
      if $count != $expected_count or $sum != $expected_sum;
}

#!/bin/sh
# quickstart says what it would install, and stops where it may not.
. "${0%/*}/lib.sh"

# A system of its own: a copy of the script, and programs that answer as on
# another machine.
mkdir "$scratch/bin" "$scratch/clone"
cp "$TEST_SRCDIR/quickstart" "$scratch/clone/"
cd "$scratch/clone" || exit 1
for program in sh dirname pwd printf sed grep cat sort head tail tr env id rm \
  mkdir cp getconf; do
  ln -s "$(command -v $program)" "$scratch/bin/"
done
only="env PATH=$scratch/bin"

refuses "no command" 2 'quickstart check.*run the tests' ./quickstart

# shellcheck disable=SC2086 # commands of several words
{
  refuses "a system without apt" 1 \
    'no apt\. *Install what these packages of Debian 12' \
    $only ./quickstart demo
  has "it lists them" "$(cat stderr "$scratch/stderr" 2>/dev/null)" \
    'qemu-system-x86 xorriso'

  # A Debian where nothing is installed, and nobody is root.
  printf '#!/bin/sh\nexit 1\n' >"$scratch/bin/dpkg-query"
  printf '#!/bin/sh\nexit 1\n' >"$scratch/bin/apt-get"
  rm "$scratch/bin/id"
  printf '#!/bin/sh\necho 1000\n' >"$scratch/bin/id"
  chmod +x "$scratch/bin/dpkg-query" "$scratch/bin/apt-get" "$scratch/bin/id"
  refuses "packages that only root may install" 1 \
    'only root may install them' $only ./quickstart check
  has "it says what is missing first" "$(cat "$scratch/stdout")" \
    'packages are missing: autoconf automake'
  has "and how to install it" "$(cat "$scratch/stderr")" \
    'apt-get install --no-install-recommends autoconf'

  # Everything is installed, but there is nowhere to fetch from.
  printf '#!/bin/sh\necho installed\n' >"$scratch/bin/dpkg-query"
  refuses "no mirror" 1 'no mirror of Debian.*MDTRACE_DEBIAN_MIRROR|MDTRACE_DEBIAN_MIRROR' \
    $only ./quickstart packages
  refuses "a mirror that is none" 1 \
    'from http://mirror.invalid/debian has failed.*quickstart.log' \
    env PATH="$scratch/bin" \
    MDTRACE_DEBIAN_MIRROR=http://mirror.invalid/debian ./quickstart packages

  # A mirror that has what is needed, but neither i386 nor Debian testing.
  cat >"$scratch/bin/apt-get" <<'END'
#!/bin/sh
case $1 in
  update) ! grep -q -E 'i386|forky' "${APT_CONFIG%/*}/sources.list" ;;
  download) : >fake_amd64.deb ;;
esac
END
  printf '#!/bin/sh\nexit 0\n' >"$scratch/bin/dpkg-deb"
  chmod +x "$scratch/bin/dpkg-deb"
  export MDTRACE_DEBIAN_MIRROR=http://mirror.invalid/debian
  succeeds "a mirror that lacks kernels to be tested is enough" \
    $only ./quickstart packages
  has "it says what is missing" "$output" 'going on without kernels for i386'
  has "and of Debian testing" "$output" "going on without Debian testing's"
  is "and notes what there is" "$(cut -d ' ' -f 1 packages/complete | uniq -c |
    tr -s ' ')" " 4 trixie"

  # Later the mirror has everything.
  sed -i 's/i386|forky/none/' "$scratch/bin/apt-get"
  succeeds "the rest is fetched later" $only ./quickstart packages
  is "and noted" "$(cut -d ' ' -f 1 packages/complete | uniq -c |
    tr -s ' ' | tr '\n' ,)" " 10 trixie, 2 forky,"
  printf '#!/bin/sh\nexit 1\n' >"$scratch/bin/apt-get"
  succeeds "and then nothing" $only ./quickstart packages
}
done_testing

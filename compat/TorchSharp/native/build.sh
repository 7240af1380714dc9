#!/usr/bin/env bash
# Builds liblockstep_torch.so into OUT_DIR (default: .lockstep/native of the repository), unless it is there already
# from the same sources and the same libtorch. Silent when it is; what it says goes to stderr.
#   build.sh [OUT_DIR]     LIBTORCH=dir chooses another libtorch.
set -euo pipefail
die() { printf 'build.sh: error: %s\n' "$*" >&2; exit 1; }

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
out=${1:-$here/../../../.lockstep/native}
mkdir -p "$out"
out=$(readlink -f "$out")
library=$out/liblockstep_torch.so
stamp=$out/lockstep_torch.stamp

# Which libtorch: one that was chosen, or the system's where CMake looks too.
if [ -n "${LIBTORCH:-}" ]; then
    [ -e "$LIBTORCH/lib/libtorch_cpu.so" ] || die "LIBTORCH is $LIBTORCH, where there is no lib/libtorch_cpu.so. Correct or unset it."
    LIBTORCH=$(readlink -f "$LIBTORCH")
    folders=("$LIBTORCH/lib")
else
    folders=(/usr/local/lib /usr/lib/*-linux-gnu /usr/lib64 /usr/lib)
fi
for folder in "${folders[@]}"; do
    if [ -e "$folder/libtorch_cpu.so" ]; then break; fi
done
torch=$(readlink -f "$folder/libtorch_cpu.so") # names the version

# The stamp: one line about libtorch, one about the sources.
libtorch="${LIBTORCH:-system} $torch $(stat -c %s "$torch" 2>/dev/null || echo missing)"
sources=$(cat "$here"/CMakeLists.txt "$here"/src/* | cksum)
built=$(cat "$stamp" 2>/dev/null || true)
if [ -f "$library" ] && [ "$built" = "$libtorch"$'\n'"$sources" ]; then exit 0; fi

for program in cmake c++ make; do
    command -v "$program" >/dev/null || die "$program is missing. Run: apt-get install cmake g++ make"
done
echo "build.sh: building ${library##*/} for $torch ..." >&2

# CMake remembers where it found libtorch: for another one, and after a failure, it starts anew.
if [ "${built%%$'\n'*}" != "$libtorch" ]; then rm -rf "$out/build"; fi
rm -f "$stamp"
log=$out/lockstep_torch.log
if ! { cmake -S "$here" -B "$out/build" -DCMAKE_BUILD_TYPE=Release -DLIBTORCH="${LIBTORCH:-}" &&
       cmake --build "$out/build"; } >"$log" 2>&1; then
    tail -n 25 "$log" >&2
    die "could not build against ${LIBTORCH:-the system libtorch}. Run apt-get install libtorch-dev, or set LIBTORCH=dir (whole log: $log)"
fi

# Renamed into place: a process that has the old library open keeps it.
cp "$out/build/liblockstep_torch.so" "$library.new"
mv "$library.new" "$library"
printf '%s\n' "$libtorch" "$sources" >"$stamp"

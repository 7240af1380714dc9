#!/bin/sh
# Builds liblockstep_torch.so into OUT_DIR (default: .lockstep/native of the repository), unless it is there already
# from the same sources and the same libtorch.     build.sh [OUT_DIR]     LIBTORCH=dir chooses another libtorch.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/../../../.lockstep/native}
mkdir -p "$out"
out=$(cd "$out" && pwd)
library=$out/liblockstep_torch.so
stamp=$out/lockstep_torch.stamp

wanted=$(cat "$here"/CMakeLists.txt "$here"/src/* | cksum)" ${LIBTORCH:-system}"
if [ -f "$library" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
    echo "up to date: $library"
    exit 0
fi

for tool in cmake c++; do
    command -v $tool >/dev/null || { echo "build.sh: $tool is missing: apt-get install cmake g++" >&2; exit 1; }
done

log=$out/lockstep_torch.log
if ! { cmake -S "$here" -B "$out/build" -DCMAKE_BUILD_TYPE=Release -DLIBTORCH="${LIBTORCH:-}" &&
       cmake --build "$out/build"; } >"$log" 2>&1; then
    tail -n 25 "$log" >&2
    echo "build.sh: could not build against ${LIBTORCH:-the system libtorch}: apt-get install libtorch-dev," \
         "or set LIBTORCH=dir (all of the log: $log)" >&2
    exit 1
fi

# Renamed into place: a process that has the old library open keeps it.
cp "$out/build/liblockstep_torch.so" "$library.new"
mv "$library.new" "$library"
echo "$wanted" >"$stamp"
echo "built: $library"

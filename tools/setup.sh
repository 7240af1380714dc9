# Sourced by ./lockstep: finds out what is missing, installs it and builds. Quick and silent when nothing is to do.
# Whatever it says goes to stderr: stdout belongs to the tool.
state=$root/.lockstep
tool=$root/src/Cli/bin/Release/net10.0/lockstep

say() { printf 'lockstep: %s\n' "$*" >&2; }
die() { printf 'lockstep: error: %s\n' "$*" >&2; exit 1; }

# One ./lockstep at a time sets up or builds. The lock is file descriptor 9: every program that is started while it is held
# gets 9>&-, or a build server that outlives us would keep it.
lock() {
  command -v flock >/dev/null || die "flock is missing. Install it (Debian's package util-linux) and run again."
  mkdir -p "$state" 2>/dev/null && { : >>"$state/lock"; } 2>/dev/null ||
    die "cannot write to $state. Run as $(stat -c %U "$root"), who owns this folder, or in a clone of your own."
  exec 9>>"$state/lock"
  flock -n 9 && return
  say "waiting for another ./lockstep to finish setting up or building ..."
  flock -w 900 9 || die "another ./lockstep has been setting up or building for 15 minutes. End it, or if there is none remove $state/lock."
}

unlock() { exec 9>&-; }

# Runs a program in the repository, so that global.json and nuget.config count. .NET wants a home to write to.
in_root() (
  cd "$root"
  if [ ! -w "${HOME:-}" ]; then
    mkdir -p "$state/home"
    export HOME=$state/home
  fi
  exec "$@" 9>&-
)

# The options of ./lockstep setup: prints auto, nuget, compat, or nothing for what was chosen before.
packages_option() {
  [ $# -gt 0 ] || return 0
  [ "$1" = --packages ] && [ $# -le 2 ] || die "unknown option of setup: $* (known: --packages auto|nuget|cuda|compat)"
  case "${2:-}" in
    auto | nuget | cuda | compat) echo "$2" ;;
    *) die "--packages wants auto, nuget, cuda or compat, not '${2:-}'" ;;
  esac
}

set_up() {
  check_dotnet
  choose_packages "${1:-}"
  choose_libtorch "${1:-}"
  install_libraries
  if [ "$packages" = compat ]; then
    "$root/compat/TorchSharp/native/build.sh" "$state/native" >&2 9>&- || die "the native library of compat/TorchSharp did not build; see the lines above"
  fi
}

check_dotnet() {
  local remedy="Install the .NET SDK 10.0 (package dotnet-sdk-10.0, or https://dotnet.microsoft.com/download/dotnet/10.0) and run again."
  local dotnet folder seen
  dotnet=$(command -v dotnet) || die "dotnet is not on the PATH. $remedy"
  dotnet=$(readlink -f "$dotnet")
  folder=$(dirname "$dotnet")
  # The tool is a program of its own and looks for .NET only in the usual places.
  if [ -z "${DOTNET_ROOT:-}" ] && [ -d "$folder/host/fxr" ]; then export DOTNET_ROOT=$folder; fi

  seen=$(stat -c '%n %Y' "$dotnet" "$folder/sdk" 2>/dev/null || true)
  [ "$(cat "$state/dotnet-ok" 2>/dev/null || true)" != "$seen" ] || return 0
  in_root dotnet --version >/dev/null 2>&1 ||
    die "Lockstep wants the .NET SDK 10.0; $dotnet has $(dotnet --list-sdks 2>/dev/null | cut -d' ' -f1 | paste -sd' ' | grep . || echo none). $remedy"
  printf '%s\n' "$seen" >"$state/dotnet-ok"
}

# Sets packages to nuget, cuda (nuget with a TorchSharp for GPUs) or compat: what was asked for, or what was chosen before, or
# what the package feed has.
choose_packages() {
  local remembered properties
  remembered=$(sed -n 's/.*chosen: \([a-z]*\) .*/\1/p' "$state/Packages.props" 2>/dev/null || true)
  [ -n "$remembered" ] || remembered=$(sed -n 's/.*>\(nuget\|compat\)<.*/\1/p' "$state/Packages.props" 2>/dev/null || true) # written by an earlier version
  packages=${1:-${remembered:-auto}}
  if [ "$packages" = auto ]; then ask_feed; fi
  [ "$packages" = compat ] || runs_torchsharp ||
    die "TorchSharp's native library wants GCC 13's libstdc++ ($torchsharp_cxx), and this system has an older one. Use Debian 13, Ubuntu 24.04 or later; or the stand-ins: ./lockstep setup --packages compat"
  [ "$packages" != "$remembered" ] || return 0
  properties="<LockstepPackages Condition=\"'\$(LockstepPackages)' == ''\">${packages/cuda/nuget}</LockstepPackages>"
  [ "$packages" != cuda ] || properties+="<TorchSharpPackage Condition=\"'\$(TorchSharpPackage)' == ''\">TorchSharp-cuda-linux</TorchSharpPackage>"
  printf '<!-- chosen: %s -->\n<Project><PropertyGroup>%s</PropertyGroup></Project>\n' "$packages" "$properties" >"$state/Packages.props"
}

# Which libtorch the stand-ins use: LIBTORCH, or the one that it named before; `setup --packages compat` without it forgets that.
choose_libtorch() {
  [ "$packages" = compat ] || return 0
  if [ -n "${LIBTORCH:-}" ]; then readlink -m "$LIBTORCH" >"$state/libtorch"
  elif [ -n "$1" ]; then rm -f "$state/libtorch"
  elif [ -s "$state/libtorch" ]; then LIBTORCH=$(cat "$state/libtorch"); export LIBTORCH
  fi
}

# What the real TorchSharp asks of the system's C++ library, beyond what Debian 12 has.
torchsharp_cxx=GLIBCXX_3.4.32

runs_torchsharp() {
  local library # the 32-bit one has no comma
  library=$(PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null | sed -n 's/.*libstdc++\.so\.6 (libc6,.*=> //p' | head -n 1)
  [ -z "$library" ] || grep -qaF "$torchsharp_cxx" "$library"
}

# nuget if the feed has the real packages in the pinned versions and this system can run them; else compat.
ask_feed() {
  if ! runs_torchsharp; then
    say "this system's C++ library is older than TorchSharp wants ($torchsharp_cxx: Debian 13, Ubuntu 24.04): using the stand-ins in compat/"
    packages=compat
    return
  fi
  say "asking the package feed for TorchSharp and gRPC ..."
  packages=nuget
  local list id version answer problem
  list=$(real_packages)
  while read -r id version; do
    [ -n "$version" ] || die "Directory.Packages.props has no version of $id where tools/setup.sh looks for it"
    answer=$(in_root timeout --foreground 120 dotnet package search "$id" --exact-match --format json 2>&1 </dev/null || true)
    problem=$(sed -n -e 's/^ *"text": "\(.*\)",$/\1/p' -e 's/^error: //p' <<<"$answer" | paste -sd' ')
    answer=$(tr -d ' \r\n' <<<"${answer,,}")
    if [[ $answer =~ \"id\":\""${id,,}"\",[^}]*\"version\":\""$version"\" ]]; then continue; fi
    # The exit status is 0 even if no source could be reached.
    if [[ $answer == *'"problemtype":"error"'* || $answer != *'"searchresult":[{'* ]]; then
      die "the package feed did not say whether it has $id${problem:+: $problem}" \
        "Check the network and 'dotnet nuget list source', or choose by hand: ./lockstep setup --packages nuget (the real packages) or compat (the stand-ins)."
    fi
    say "the package feed has no $id $version: using the stand-ins in compat/"
    packages=compat
    return
  done <<<"$list"
}

real_packages() {
  local grpc; grpc=$(pinned GrpcVersion)
  echo "$(pinned TorchSharpPackage) $(pinned TorchSharpVersion)"
  echo "Grpc.AspNetCore $grpc"
  echo "Grpc.AspNetCore.HealthChecks $grpc"
  echo "Grpc.Net.Client $grpc"
  echo "Google.Protobuf $(pinned ProtobufVersion)"
}

# A property of Directory.Packages.props: its last value, which is the one of the real packages.
pinned() { sed -n "s|.*<$1 .*>\([^<]*\)</$1>.*|\1|p" "$root/Directory.Packages.props" | tail -n 1; }

# Image libraries always; libtorch and a compiler only for the stand-ins.
install_libraries() {
  local missing=() libraries
  libraries=$(PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null || true)
  [[ $libraries == *libturbojpeg.so.0* ]] || missing+=(libturbojpeg0)
  [[ $libraries == *libpng16.so.16* ]] || missing+=(libpng16-16)
  [[ $libraries == *libwebp.so.7* ]] || missing+=(libwebp7)
  if [ "$packages" = compat ]; then
    if [ -n "${LIBTORCH:-}" ]; then
      [ -e "$LIBTORCH/lib/libtorch_cpu.so" ] || die "LIBTORCH is $LIBTORCH, where there is no lib/libtorch_cpu.so. Correct it, or go back to the system's libtorch: unset LIBTORCH; ./lockstep setup --packages compat"
    else
      [[ $libraries == *libtorch_cpu.so* && -e /usr/include/ATen/ATen.h ]] || missing+=(libtorch-dev)
      # libopenblas.so.0 may be of another build; this one's threads obey OPENBLAS_NUM_THREADS.
      if command -v dpkg-query >/dev/null; then
        [[ $(dpkg-query -W -f '${Status}' libopenblas0-pthread 2>/dev/null || true) == "install ok installed" ]] || missing+=(libopenblas0-pthread)
      else
        [[ $libraries == *libopenblas.so.0* ]] || missing+=(libopenblas0-pthread)
      fi
    fi
    command -v c++ >/dev/null || missing+=(g++)
    command -v cmake >/dev/null || missing+=(cmake)
    command -v make >/dev/null || missing+=(make)
  fi
  [ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
}

install_packages() {
  command -v apt-get >/dev/null || die "missing: $* (Debian's names). This system has no apt-get: install them by its own means, then run again."
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null && sudo -n true 2>/dev/null || die "missing: $*. You are not root and sudo asks for a password or is not there: as root run 'apt-get install $*', then run again."
    as_root=(sudo -n)
  fi
  say "installing $* ..."
  local log=$state/apt.log
  # An update that fails is not the end: the lists may be there already.
  if ! { "${as_root[@]}" apt-get update -qq || true
         "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"; } >"$log" 2>&1 </dev/null 9>&-; then
    tail -n 5 "$log" >&2
    die "apt-get could not install $* (whole log: $log). Check the network and /etc/apt/sources.list, or install them by hand, then run again."
  fi
}

# Builds the tool, unless it is there from the same sources.
build_tool() {
  if [ ! -x "$tool" ] || [ "$(source_files)" != "$(cat "$state/built" 2>/dev/null || true)" ]; then
    say "building (once, one to five minutes) ..."
    [ -x "$tool" ] || rm -f "$tool" # or the build would leave it as it is
    build src/Cli/Lockstep.Cli.csproj
  fi
}

build() {
  local sources; sources=$(source_files) # before the build: what changes meanwhile is built the next time
  rm -f "$state/built"
  if ! in_root dotnet build "$1" -c Release -v quiet -nologo >"$state/build.log" 2>&1 </dev/null; then
    grep -E 'error' "$state/build.log" | sort -u | sed -n 1,20p >&2 || tail -n 20 "$state/build.log" >&2
    local remedy=
    if grep -q 'error NU1[13]' "$state/build.log"; then
      remedy=" A package could not be fetched: check the network and 'dotnet nuget list source'; './lockstep setup --packages auto' asks the feed again."
    fi
    die "the build of $1 failed (whole log: $state/build.log).$remedy"
  fi
  printf '%s\n' "$sources" >"$state/built"
}

# All that the tool is built from: path, size and time of change.
source_files() {
  find "$root"/{src,compat,recipes,Directory.*,global.json,.editorconfig} "$state/Packages.props" \
    -type d \( -name bin -o -name obj \) -prune -o -type f -printf '%p %s %T@\n' 2>/dev/null | sort || true
}

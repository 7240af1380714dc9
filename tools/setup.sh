# Sourced by ./lockstep: finds out what is missing and installs it. Quick when nothing is.
state=$root/.lockstep
mkdir -p "$state"

say() { printf 'lockstep: %s\n' "$*" >&2; }
die() { printf 'lockstep: error: %s\n' "$*" >&2; exit 1; }

setup_all() {
  local wanted=auto
  while [ $# -gt 0 ]; do
    case "$1" in
      --packages) [ $# -ge 2 ] || die "--packages wants auto, nuget or compat"; wanted=$2; shift 2 ;;
      *) die "unknown option of setup: $1 (known: --packages auto|nuget|compat)" ;;
    esac
  done
  exec 9>"$state/lock"
  flock -w 900 9 || die "another ./lockstep has been setting up for 15 minutes; end it or remove .lockstep/lock"
  check_dotnet
  choose_packages "$wanted"
  install_native
  flock -u 9
}

check_dotnet() {
  command -v dotnet >/dev/null || die "the .NET 10 SDK is not installed. Install it (package dotnet-sdk-10.0) and run again."
  [ -f "$state/dotnet-ok" ] && return
  (cd "$root" && dotnet --version >/dev/null 2>&1) ||
    die "the .NET SDK here is $(dotnet --list-sdks 2>/dev/null | tail -1 | cut -d' ' -f1); Lockstep wants 10.0. Install dotnet-sdk-10.0."
  touch "$state/dotnet-ok"
}

packages_mode() { sed -n 's/.*>\(nuget\|compat\)<.*/\1/p' "$state/Packages.props" 2>/dev/null; }

# Asks the package feed once whether it has the real packages, and remembers the answer.
choose_packages() {
  local mode=$1
  if [ "$mode" = auto ]; then
    [ -n "$(packages_mode)" ] && return
    say "asking the package feed for TorchSharp and gRPC ..."
    mode=nuget
    local package answer
    for package in TorchSharp Grpc.Core.Api Grpc.Net.Common; do
      answer=$(cd "$root" && timeout 120 dotnet package search "$package" --exact-match --format json 2>/dev/null) ||
        die "the package feed did not answer. Check 'dotnet nuget list source' and the network, or choose by hand: ./lockstep setup --packages nuget|compat"
      if ! grep -q -i '"version": *"[0-9]' <<<"${answer#*problems}"; then
        say "the feed has no $package: using the stand-ins in compat/"
        mode=compat
        break
      fi
    done
  fi
  case "$mode" in nuget | compat) ;; *) die "--packages wants auto, nuget or compat, not '$mode'" ;; esac
  cat >"$state/Packages.props.new" <<P
<Project><PropertyGroup><LockstepPackages Condition="'\$(LockstepPackages)' == ''">$mode</LockstepPackages></PropertyGroup></Project>
P
  if ! cmp -s "$state/Packages.props.new" "$state/Packages.props" 2>/dev/null; then
    mv "$state/Packages.props.new" "$state/Packages.props"
    rm -f "$state/built"
  else
    rm -f "$state/Packages.props.new"
  fi
}

have_library() { ldconfig -p 2>/dev/null | grep -q "$1"; }

# Image libraries in both modes; libtorch and a compiler only for the stand-ins.
install_native() {
  local missing=()
  have_library 'libturbojpeg\.so\.0' || missing+=(libturbojpeg0)
  have_library 'libpng16\.so\.16' || missing+=(libpng16-16)
  have_library 'libwebp\.so\.7' || missing+=(libwebp7)
  if [ "$(packages_mode)" = compat ]; then
    if [ -z "${LIBTORCH:-}" ]; then
      [ -e /usr/include/torch/extension.h ] || [ -e /usr/include/torch/csrc/api/include/torch/torch.h ] || missing+=(libtorch-dev)
      dpkg-query -W -f '${Status}' libopenblas0-pthread 2>/dev/null | grep -q '^install ok installed' || missing+=(libopenblas0-pthread)
    fi
    command -v g++ >/dev/null || missing+=(g++)
    command -v cmake >/dev/null || missing+=(cmake)
  fi
  if [ ${#missing[@]} -gt 0 ]; then install_packages "${missing[@]}"; fi
  if [ "$(packages_mode)" = compat ]; then
    "$root/compat/TorchSharp/native/build.sh" "$state/native" || die "the native library of compat/TorchSharp did not build; see the lines above"
  fi
}

install_packages() {
  local by_hand="install by hand: $* (Debian's names), then run again"
  command -v apt-get >/dev/null || die "this system has no apt-get; $by_hand"
  local sudo=
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null && sudo -n true 2>/dev/null || die "not root and no password-free sudo; as root run: apt-get install $*"
    sudo=sudo
  fi
  say "installing $* ..."
  local log=$state/apt.log
  if ! { $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } >"$log" 2>&1; then
    tail -5 "$log" >&2
    die "apt-get could not install $* (whole log: .lockstep/apt.log). Without a network, $by_hand"
  fi
}

# Builds the tool when a source is newer than the last build.
build_tool() {
  exec 9>"$state/lock"
  flock -w 900 9 || die "another ./lockstep has been building for 15 minutes"
  if [ ! -e "$state/built" ] || [ -n "$(sources_newer_than "$state/built")" ]; then
    say "building (once) ..."
    local started; started=$(mktemp "$state/building.XXXXXX")
    if ! dotnet build "$root/src/Cli/Lockstep.Cli.csproj" -c Release -v quiet -nologo >"$state/build.log" 2>&1; then
      grep -E 'error|warning' "$state/build.log" | sort -u | head -20 >&2 || tail -20 "$state/build.log" >&2
      rm -f "$started"
      die "the build failed (whole log: .lockstep/build.log)"
    fi
    mv "$started" "$state/built"
  fi
  flock -u 9
}

sources_newer_than() {
  find "$root/src" "$root/compat" "$root/recipes" "$root"/Directory.* "$root/global.json" "$state/Packages.props" \
    \( -name bin -o -name obj \) -prune -o -type f -newer "$1" -print -quit
}

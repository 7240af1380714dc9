# Sourced by ./lockstep test: builds everything, runs every test program, adds up.
#   ./lockstep test [--filter TEXT] [--long] [--project NAME]
run_tests() {
  local filter= long=no only=
  while [ $# -gt 0 ]; do
    case "$1" in
      --filter) [ $# -ge 2 ] || die "--filter wants a part of a test's name"; filter=$2; shift 2 ;;
      --project) [ $# -ge 2 ] || die "--project wants a folder of tests/"; only=$2; shift 2 ;;
      --long) long=yes; shift ;;
      *) die "unknown option of test: $1 (known: --filter TEXT, --project NAME, --long)" ;;
    esac
  done
  install_test_tools
  say "building the tests ..."
  if ! dotnet build "$root/Lockstep.slnx" -c Release -v quiet -nologo >"$state/build.log" 2>&1; then
    grep -E 'error|warning' "$state/build.log" | sort -u | head -20 >&2 || tail -20 "$state/build.log" >&2
    die "the build failed (whole log: .lockstep/build.log)"
  fi
  local passed=0 failed=0 skipped=0 project name line log n f e s
  for project in "$root"/tests/*.Tests; do
    name=$(basename "$project")
    [ -z "$only" ] || [ "$only" = "$name" ] || continue
    log=$state/test-$name.log
    local arguments=(-noColor -noLogo)
    [ -z "$filter" ] || arguments+=(-method "*$filter*")
    if [ "$long" = yes ]; then arguments+=(-trait "Category=Long"); else arguments+=(-trait- "Category=Long"); fi
    local program; program=$(find "$project/bin/Release/net10.0" -maxdepth 1 -type f -name '*.Tests' -perm -u+x | head -1)
    [ -n "$program" ] || die "tests/$name was not built"
    local status=0
    (cd "$root" && "$program" "${arguments[@]}") >"$log" 2>&1 || status=$?
    line=$(grep -E 'Total: [0-9]+' "$log" | tail -1 || true)
    if [ -z "$line" ]; then
      if [ $status -ne 0 ]; then failed=$((failed + 1)); tail -30 "$log"; printf '%-28s crashed (exit %s)\n' "$name" "$status"; fi
      continue
    fi
    n=$(sed -n 's/.*Total: \([0-9]*\).*/\1/p' <<<"$line"); f=$(sed -n 's/.*Failed: \([0-9]*\).*/\1/p' <<<"$line")
    e=$(sed -n 's/.*Errors: \([0-9]*\).*/\1/p' <<<"$line"); s=$(sed -n 's/.*Skipped: \([0-9]*\).*/\1/p' <<<"$line")
    f=$((${f:-0} + ${e:-0})); s=${s:-0}
    if [ $status -ne 0 ] && [ "$f" -eq 0 ]; then f=1; fi
    [ "$f" -eq 0 ] || grep -v -E '^ *(Discover|Starting|Finished)' "$log" || true
    grep -E '\[SKIP\]' -A1 "$log" || true
    local ok=$((n - f - s)); [ "$ok" -ge 0 ] || ok=0
    passed=$((passed + ok)); failed=$((failed + f)); skipped=$((skipped + s))
    printf '%-28s %4d passed, %d failed, %d skipped   %s\n' "$name" "$ok" "$f" "$s" "$(sed -n 's/.*Time: /in /p' <<<"$line")"
  done
  if [ $((passed + failed)) -eq 0 ]; then die "no test matches"; fi
  if [ "$skipped" -gt 0 ]; then echo "$passed passed, $failed failed, $skipped skipped"; else echo "$passed passed, $failed failed"; fi
  [ "$failed" -eq 0 ]
}

# What only tests need: a gRPC implementation that is not ours. Without it those tests are skipped, with a message.
install_test_tools() {
  /usr/bin/python3 -c 'import grpc' 2>/dev/null && return
  command -v apt-get >/dev/null && [ "$(id -u)" -eq 0 ] || return 0
  (install_packages python3-grpcio) || say "python3-grpcio could not be installed: interoperation tests will be skipped"
}

# Sourced by ./lockstep test: builds everything, runs every test program, adds up.
#   ./lockstep test [--filter TEXT] [--project NAME] [--long]
read_test_options() {
  filter= only= long=no
  while [ $# -gt 0 ]; do
    case "$1" in
      --filter) [ $# -ge 2 ] || die "--filter wants a part of a test's name"; filter=$2; shift 2 ;;
      --project) [ $# -ge 2 ] && [ -d "$root/tests/$2" ] || die "--project wants one of $(cd "$root/tests" && echo *.Tests)"; only=$2; shift 2 ;;
      --long) long=yes; shift ;;
      -h | --help) echo "./lockstep test [--filter TEXT] [--project NAME] [--long]"; exit 0 ;;
      *) die "unknown option of test: $1 (known: --filter TEXT, --project NAME, --long)" ;;
    esac
  done
}

build_tests() {
  install_test_tools
  say "building the tests ..."
  build Lockstep.slnx
}

# What only tests need: a gRPC implementation that is not ours. Without it those tests are skipped, with a message.
install_test_tools() {
  /usr/bin/python3 -c 'import grpc' 2>/dev/null && return
  (install_packages python3-grpcio) || say "going on without python3-grpcio: the tests that need it will be skipped"
}

# Ends with "N passed, N failed", and ", N skipped" if any were; fails if a test did, or if none ran.
run_tests() {
  passed=0 failed=0 skipped=0 failures=
  local project
  for project in "$root"/tests/*.Tests; do
    if [ -z "$only" ] || [ "$only" = "$(basename "$project")" ]; then run_project "$project"; fi
  done
  [ $((passed + failed + skipped)) -gt 0 ] || die "no test matches${filter:+ --filter $filter}${only:+ --project $only}"
  printf %s "$failures"
  if [ "$skipped" -gt 0 ]; then echo "$passed passed, $failed failed, $skipped skipped"; else echo "$passed passed, $failed failed"; fi
  [ "$failed" -eq 0 ]
}

run_project() {
  local name program log status=0 summary ok bad out
  name=$(basename "$1")
  for program in "$1"/bin/Release/net10.0/*.Tests; do break; done
  [ -x "$program" ] || die "tests/$name was built, but there is no test program $program"
  log=$state/test-$name.log
  local arguments=(-noColor -noLogo)
  [ -z "$filter" ] || arguments+=(-method "*$filter*")
  if [ "$long" = yes ]; then arguments+=(-trait "Category=Long"); else arguments+=(-trait- "Category=Long"); fi
  in_root "$program" "${arguments[@]}" >"$log" 2>&1 </dev/null || status=$?

  # Lockstep.Some.Tests  Total: 9, Errors: 0, Failed: 0, Skipped: 0, Not Run: 0, Time: 1.107s     (or only "Total: 0")
  summary=$(grep -E ' Total: [0-9]+' "$log" | tail -n 1 || true)
  out=$(number_after Skipped)
  bad=$(($(number_after Failed) + $(number_after Errors)))
  ok=$(($(number_after Total) - bad - out - $(number_after 'Not Run')))
  [ "$ok" -ge 0 ] || ok=0 # an error outside of a test is not in the total
  if [ "$bad" -gt 0 ]; then
    grep -v -E '^ *(Discover|Starting|Finished)' "$log" || true
    failures+=$(failures_in "$log")$'\n'
  elif [ "$status" -ne 0 ] || [ -z "$summary" ]; then
    bad=1
    tail -n 30 "$log"
    [ -n "$summary" ] || echo "$name ended without a summary"
    echo "$name failed with exit status $status, though no test did (whole log: $log)"
  else
    sed -n '/ \[SKIP\]$/ { N; s/^ *\(.*\) \[SKIP\]\n */skipped: \1: /p }' "$log"
  fi
  passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + out))
  if [ $((ok + bad + out)) -gt 0 ]; then
    printf '%-28s %4d passed, %d failed, %d skipped   %s\n' "$name" "$ok" "$bad" "$out" "$(sed -n 's/.*Time: /in /p' <<<"$summary")"
  fi
}

# Each failed test with the first and the last line of what it said: what comes before may be long.
failures_in() {
  awk '/ \[FAIL\]$/ { name = $0; sub(/ \[FAIL\]$/, "", name); sub(/^ +/, "", name); first = ""; next }
    name && /^ *Stack Trace:/ { print "failed: " name ": " first (last == first ? "" : " ... " last); name = "" }
    name && NF { sub(/^ +/, ""); last = substr($0, 1, 400); if (first == "") first = last }' "$1"
}

# The number after a word of the summary; 0 if the word is not there.
number_after() {
  local number; number=$(sed -n "s/.*$1: \([0-9]*\).*/\1/p" <<<"$summary")
  echo "${number:-0}"
}

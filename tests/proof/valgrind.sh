#!/bin/sh
# One full run under memcheck: simulated clouds and the daemon on deploy/samples until everything is
# ready, then an orderly end. No error, and nothing definitely lost.
#   tests/proof/valgrind.sh BIN OUT
set -eu
bin=$(cd "$1" && pwd)
out=$(cd "$2" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
command -v valgrind >/dev/null || "$here/../../cmake/setup.sh" "$here/../../cmake/packages-tools.txt"
wrapped=$(mktemp -d)
trap 'rm -rf "$wrapped"' EXIT
rm -f "$out"/memcheck.*
for name in instancectl cloudsim; do ln -s "$bin/$name" "$wrapped/$name"; done
cat >"$wrapped/instanced" <<SCRIPT
#!/bin/sh
exec valgrind --quiet --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite \\
  --error-exitcode=99 --num-callers=30 --log-file="$out/memcheck.%p" \\
  --suppressions="$here/valgrind.supp" "$bin/instanced" "\$@"
SCRIPT
chmod +x "$wrapped/instanced"
ONCE=1 BIN=$wrapped SETTLE_SECONDS=${SETTLE_SECONDS:-400} "$here/../../deploy/demo/run.sh" >"$out/valgrind.demo" 2>&1 || {
  tail -n 20 "$out/valgrind.demo"
  cat "$out"/memcheck.* 2>/dev/null | head -n 40
  exit 1
}
grep Settled "$out/valgrind.demo"
errors=$(cat "$out"/memcheck.* | grep -cE '^==[0-9]+== (Invalid|Conditional|Use of|Syscall|Source and dest|Mismatched|[0-9,]+ .*definitely lost)' || true)
echo "memcheck: $errors errors"
[ "$errors" = 0 ] || { head -n 60 "$out"/memcheck.*; exit 1; }

#!/bin/sh
# Measures the layouts of CPython's structures and writes src/python/layouts/offsets.ts. Run it from any folder:
#
#     sh scripts/layouts/layouts.sh 3.7=INCLUDE[:INCLUDE…] … 3.14=… wasm32-3.14=…
#
# INCLUDE holds that version's Python.h; folders behind it are for a pyconfig.h that lies elsewhere. A version named wasm32-… is compiled
# with clang for wasm32, from headers whose pyconfig.h is that of the WebAssembly build. Patch releases of one line share what objects
# look like; the states of interpreter and thread may differ (debugoffsets.ts reads those from the interpreter itself).
set -eu
cd "$(dirname "$0")/../.."
out=build/layouts
rm -rf "$out"
mkdir -p "$out"
for argument; do
    name=${argument%%=*} flags=
    folders=${argument#*=}
    first=${folders%%:*}
    for folder in $(echo "$folders" | tr ':' ' ') "$first/internal" "$first/internal/mimalloc"; do
        flags="$flags -I$folder"
    done
    case $name in
    # A 32-bit C library's headers serve: wasm32 has the same sizes of its types, and its own alignment.
    wasm32-*) cc="clang --target=wasm32-unknown-unknown -D__linux__ -D__regparm__(x)=
                  -isystem /usr/include -isystem /usr/include/x86_64-linux-gnu" ;;
    *) cc=cc ;;
    esac
    # shellcheck disable=SC2086
    $cc -w -O0 -S $flags -o "$out/$name.s" scripts/layouts/layouts.c
done
npx tsx scripts/layouts/layouts.ts "$out"/*.s
npx biome format --write src/python/layouts/offsets.ts

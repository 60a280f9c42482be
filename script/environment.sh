# Sourced by the other scripts: makes Python environments from locks, once for every state of a lock.

# Where the system keeps its certificates they are trusted: proxies with a certificate of their own are common.
if [ -r /etc/ssl/certs/ca-certificates.crt ]; then
    export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-1}" UV_NATIVE_TLS="${UV_NATIVE_TLS:-1}"
fi

fail() {
    echo "MediaBridge: $*" >&2
    exit 1
}

# Prints the first Python of version 3.11 or newer.
find_python() {
    for candidate in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11 python; do
        if [ -n "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return 0
        fi
    done
    return 1
}

# Prints the way to uv: the one beside the environment $1, the machine's, or one that pip installs now.
find_uv() {
    for candidate in "$1/tool/bin/uv" uv; do
        if "$candidate" --version >/dev/null 2>&1; then
            command -v "$candidate"
            return 0
        fi
    done
    "$1/bin/python" -m pip --version >/dev/null 2>&1 || "$2" -m venv --clear "$1" >/dev/null 2>&1 ||
        fail "Python at $2 cannot make environments; install its venv module, for example with: apt-get install python3-venv"
    "$1/bin/python" -m pip install --quiet --disable-pip-version-check --target "$1/tool" --require-hashes \
        -r requirements/uv.txt >&2 || fail "pip could not install uv; see its words above."
    echo "$1/tool/bin/uv"
}

# Makes the environment $1 from the lock $2, unless it is that already. One that was made for development, from a
# lock that holds everything of $2 and more, is kept up to date as that.
make_environment() {
    python=$(find_python) || fail "Python 3.11 or newer is needed; this machine has $(python3 --version 2>&1 || echo none)."
    lock=$2
    if [ "$(cut -d ' ' -f 2 "$1/made-from" 2>/dev/null || true)" = requirements/dev.txt ]; then
        lock=requirements/dev.txt
    fi
    stamp="$(digest_of "$python" "$lock") $lock"
    if [ "$(cat "$1/made-from" 2>/dev/null || true)" = "$stamp" ] && [ -x "$1/bin/python" ]; then
        return 0
    fi
    echo "Installing the Python packages …" >&2
    mkdir -p "$1" 2>/dev/null && [ -w "$1" ] || fail "$PWD cannot be written; the Python environment belongs there."
    uv=$(find_uv "$1" "$python") || exit 1
    if ! [ -x "$1/bin/python" ]; then
        "$uv" venv --quiet --allow-existing --python "$python" "$1" || fail "The environment $1 could not be made."
    fi
    # Compiled once here, and not by each process that starts while nobody may write beside the packages.
    "$uv" pip sync --quiet --require-hashes --compile-bytecode --python "$1/bin/python" "$lock" ||
        fail "The packages of $lock could not be installed; see uv's words above."
    echo "$stamp" >"$1/made-from"
}

digest_of() {
    "$1" -c 'import hashlib, sys
print(hashlib.sha256(open(sys.argv[1], "rb").read() + sys.version.encode()).hexdigest())' "$2"
}

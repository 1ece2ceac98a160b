# What the lines of bench/history begin with. Read by the scripts in bench.

version() {
    sed -n "s/.*version: '\([0-9.]*\)'.*/\1/p" meson.build | head -n 1
}

head_of_line() {
    printf '{"release": "%s", "date": "%s", "cpu": "%s", ' "$(version)" \
        "$(date -u +%F)" \
        "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
}

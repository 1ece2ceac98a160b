# Joins the rounds of both sides into one JSON object for each case. The files
# are named SIDE.SETTING.ROUND; needs -v name=, -v threads=, -v as=, how the peer
# runs, and -v alone=1 for a figure that no peer has: then the bound stands for
# one.
BEGIN { FS = "\t" }

FNR == 1 {
    parts = split(FILENAME, part, "/")
    split(part[parts], field, ".")
    side = field[1] "." field[2]
    round = field[3]
    if (round > rounds)
        rounds = round
    if (field[1] == "peer" && !(field[2] in known)) {
        known[field[2]] = 1
        settings[++n_settings] = field[2]
    }
}
/^#peer/ { peer_name = $2 }
/^#/ || NF < 3 { next }
{
    if (!($1 in unit)) {
        cases[++n_cases] = $1
        unit[$1] = $3
    }
    value[side, $1, round] = $2
    # The peak is what the quietest round found.
    if (NF > 3 && (!($1 in bound) || is_better($4, bound[$1], $1)))
        bound[$1] = $4
}

function median(list, n,    i, j, t) {
    for (i = 2; i <= n; i++)
        for (j = i; j > 1 && list[j] < list[j - 1]; j--) {
            t = list[j]
            list[j] = list[j - 1]
            list[j - 1] = t
        }
    return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}

function median_of(side, case_,    list, n, r) {
    for (r = 1; r <= rounds; r++)
        if ((side, case_, r) in value)
            list[++n] = value[side, case_, r] + 0
    return n ? median(list, n) : "null"
}

# More is better of a rate, less of everything else.
function is_rate(case_) {
    return unit[case_] ~ /\/s$/
}

function is_better(a, b, case_) {
    return is_rate(case_) ? a > b : a < b
}

function better_setting(case_,    i, m, best, chosen) {
    for (i = 1; i <= n_settings; i++) {
        m = median_of("peer." settings[i], case_)
        if (m == "null")
            continue
        if (chosen == "" || is_better(m, best, case_)) {
            best = m
            chosen = "peer." settings[i]
        }
    }
    return chosen
}

function ratio_to(chosen, case_,    list, n, r, a, b) {
    for (r = 1; r <= rounds; r++)
        if (("ours.0", case_, r) in value && (chosen, case_, r) in value) {
            a = value["ours.0", case_, r]
            b = value[chosen, case_, r]
            if (a > 0 && b > 0)
                list[++n] = is_rate(case_) ? a / b : b / a
        }
    return n ? sprintf("%.3g", median(list, n)) : "null"
}

function ratio_to_bound(case_,    ours) {
    ours = median_of("ours.0", case_)
    if (!alone || !(case_ in bound) || ours == "null" || ours <= 0)
        return "null"
    return sprintf("%.3g", is_rate(case_) ? ours / bound[case_] \
        : bound[case_] / ours)
}

function number(x) {
    return x == "null" ? x : sprintf("%.4g", x)
}

function quoted(text) {
    gsub(/[\\"]/, "\\\\&", text)
    return "\"" text "\""
}

END {
    for (i = 1; i <= n_cases; i++) {
        c = cases[i]
        chosen = better_setting(c)
        printf "{\"name\": %s, \"case\": %s, \"threads\": %d, ", \
            quoted(name), quoted(c), threads
        printf "\"ours\": %s, ", number(median_of("ours.0", c))
        printf "\"peer\": %s, ", chosen == "" ? "null" \
            : number(median_of(chosen, c))
        printf "\"peer_name\": %s, ", chosen == "" ? "null" : quoted(peer_name as)
        printf "\"unit\": %s, ", quoted(unit[c])
        printf "\"ratio\": %s, ", chosen == "" ? ratio_to_bound(c) \
            : ratio_to(chosen, c)
        printf "\"bound\": %s}\n", c in bound ? number(bound[c]) : "null"
    }
    if (!n_cases)
        printf "{\"name\": %s, \"threads\": %d, \"ours\": null, " \
            "\"peer\": null}\n", quoted(name), threads
}

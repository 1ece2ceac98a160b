"""What sox's compand makes of sines of several levels, compand.h: the settings
of RAVE's RandomCompress, with the level that -40 dB becomes.

    /usr/bin/python3 compand.py

sox is that of the package of this name, 14.4.2."""
import os
import subprocess
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
RATE, PERIOD, LAST = 20000, 50, 5000
MIDDLES = [-10, -25, -60]
LEVELS = [-60, -50, -40, -30, -20, -10, -3]


def level_after(level, middle):
    t = np.arange(RATE)
    x = 10 ** (level / 20) * np.sqrt(2) * np.sin(2 * np.pi * t / PERIOD)
    raw = ["-t", "f32", "-r", str(RATE), "-c", "1", "-"]
    made = subprocess.run(
        ["sox", "-V1", *raw, *raw, "compand", "0.1,0.1",
         f"6:-80,-40,{middle}"], input=x.astype("<f4").tobytes(),
        capture_output=True, check=True).stdout
    y = np.frombuffer(made, "<f4")[-LAST:].astype(float)
    return 10 * np.log10(np.mean(y * y))


def main():
    rows = ["    {" + ", ".join(f"{level_after(x, m):.2f}" for x in LEVELS)
            + "}," for m in MIDDLES]
    lists = [(n, ", ".join(map(str, x))) for n, x in
             (("middles", MIDDLES), ("levels", LEVELS))]
    with open(os.path.join(HERE, "compand.h"), "w") as f:
        f.write("/* Made by compand.py with sox 14.4.2, in dB. */\n")
        for name, numbers in lists:
            f.write(f"static const double compand_{name}[] = {{{numbers}}};\n")
        f.write(f"static const double compand_after[][{len(LEVELS)}] = {{\n")
        f.write("\n".join(rows) + "\n};\n")


if __name__ == "__main__":
    main()

"""What the peers share: threads, timing and the lines that bench/run reads.

A line is CASE, VALUE and UNIT, parted by tabs; '#peer' names the peer.
"""

import argparse
import os
import statistics
import time


now = time.perf_counter


def arguments(parser=None):
    """Parses --threads and --seconds, and fixes the threads of both libraries.

    PyTorch hands some products to OpenBLAS, which has a number of threads of
    its own, read when it is loaded: torch must be imported after this.
    """
    parser = parser or argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--blas-threads", type=int, default=0,
                        help="OpenBLAS's, when not --threads")
    parser.add_argument("--seconds", type=float, default=0.3,
                        help="time spent on each case")
    parser.add_argument("--clock", default="wall", choices=["wall", "cpu"])
    parser.add_argument("--only", default="",
                        help="cases whose name contains this")
    options = parser.parse_args()
    global now
    now = time.process_time if options.clock == "cpu" else time.perf_counter
    os.environ["OPENBLAS_NUM_THREADS"] = \
        str(options.blas_threads or options.threads)
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    import torch
    require_fast_blas()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    print(f"#peer\tpytorch {torch.__version__}", flush=True)
    return options


def require_fast_blas():
    """Debian's python3-torch also works, many times slower, with the reference
    BLAS: no peer to measure against."""
    with open("/proc/self/maps") as maps:
        loaded = maps.read()
    if not any(name in loaded for name in ("openblas", "mkl_", "blis")):
        raise SystemExit("PyTorch runs with the reference BLAS: please install "
                         "libopenblas0-pthread")


def median_time(work, seconds, before=None, least=2):
    """The median time of work(before()), after one call to warm up."""
    times = []
    spent = 0.0
    while spent < seconds or len(times) < least + 1:
        given = before() if before else None
        start = now()
        work(given) if before else work()
        times.append(now() - start)
        spent += times[-1]
    return statistics.median(times[1:])


def report(case, value, unit):
    print(f"{case}\t{value:.6g}\t{unit}", flush=True)

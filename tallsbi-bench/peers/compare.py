"""Run `tallsbi-bench speed` and torch_speed.py in turns, and print medians and ratios as a table.

Only the standard library. Other programs disturb both sides of a round alike, hence the turns; every figure is the median
over the rounds, every ratio the median of the rounds' ratios.

    cargo build --release -p tallsbi-bench
    python3 tallsbi-bench/peers/compare.py --rounds 5
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def ours(arguments, parts):
    command = [arguments.bench, "speed", "--json", "--only", parts]
    report = run(command + ["--quick"] * arguments.quick)
    found = {}
    if report["product"]:
        found["product [GFLOP/s]"] = report["product"]["gflops"]
    for step in report["training"]:
        if step["name"] == "noise prediction":
            found["training step [ms]"] = step["milliseconds"]
    if report["forward"]:
        found["forward, 4096 rows [ms]"] = report["forward"]["milliseconds"]
    for sampled in report["sampling"]:
        found["GAUSS, DDIM-1000, n = 30 [s]"] = sampled["seconds"]
        if sampled["share_of_peak"] is not None:
            found["its share of the product's peak"] = sampled["share_of_peak"]
    return found


def theirs(arguments, parts):
    command = [arguments.python, HERE / "torch_speed.py", "--only", parts, "--threads", str(arguments.threads)]
    report = run(command + ["--quick"] * arguments.quick)
    names = {
        "product_gflops": "product [GFLOP/s]",
        "training_ms": "training step [ms]",
        "forward_ms": "forward, 4096 rows [ms]",
        "ddim_seconds": "GAUSS, DDIM-1000, n = 30 [s]",
    }
    return {names[key]: value for key, value in report.items() if key in names}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", default=HERE.parents[1] / "target" / "release" / "tallsbi-bench")
    parser.add_argument("--python", default=sys.executable, help="a Python that has torch")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--only", default="product,training,forward,ddim")
    parser.add_argument("--quick", action="store_true", help="small versions, whose figures say nothing")
    arguments = parser.parse_args()
    rounds = []
    for index in range(arguments.rounds):
        # Each side goes first in every other round.
        sides = [ours, theirs] if index % 2 == 0 else [theirs, ours]
        found = {side.__name__: side(arguments, arguments.only) for side in sides}
        rounds.append(found)
        print(f"round {index + 1}: load {os.getloadavg()[0]:.1f}  {json.dumps(found)}", file=sys.stderr)
    print(f"{'median of ' + str(arguments.rounds):<34}{'tallsbi':>10}{'PyTorch':>10}{'ratio':>8}   (range)")
    for name in rounds[0]["ours"]:
        mine = statistics.median(found["ours"][name] for found in rounds)
        if name not in rounds[0]["theirs"]:
            print(f"{name:<34}{mine:>10.3f}")
            continue
        other = statistics.median(found["theirs"][name] for found in rounds)
        ratios = [found["theirs"][name] / found["ours"][name] for found in rounds]
        if "FLOP" in name:
            ratios = [1 / ratio for ratio in ratios]
        spread = f"({min(ratios):.2f} to {max(ratios):.2f})"
        print(f"{name:<34}{mine:>10.3f}{other:>10.3f}{statistics.median(ratios):>8.2f}   {spread}")


if __name__ == "__main__":
    main()

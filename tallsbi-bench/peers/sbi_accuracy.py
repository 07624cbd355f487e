"""Train NPSE of the Python package `sbi`, with its defaults, on simulations that `tallsbi-bench simulate` wrote, and sample the
posteriors of the reference's observations; write the draws as CSV files for `tallsbi-bench score`, and the times as JSON.

    tallsbi-bench simulate --task two_moons --simulations 10000 --seed 1 --out simulations.safetensors
    python3 sbi_accuracy.py --task two_moons --simulations simulations.safetensors --reference ../shared/reference/single \\
        --bench target/release/tallsbi-bench
"""

import argparse
import json
import pathlib
import subprocess
import tempfile
import time

import numpy
import torch
from safetensors.numpy import load_file

# Bounds of the uniform priors, or mean and standard deviation of the normal ones, or of the logarithm of the log-normal ones.
PRIORS = {
    "two_moons": ("uniform", [-1.0] * 2, [1.0] * 2),
    "slcp": ("uniform", [-3.0] * 5, [3.0] * 5),
    "gaussian_linear_single": ("normal", [0.0] * 10, [0.1**0.5] * 10),
    "gaussian_linear_uniform": ("uniform", [-1.0] * 10, [1.0] * 10),
    "gaussian_mixture_single": ("uniform", [-10.0] * 2, [10.0] * 2),
    "sir": ("lognormal", [numpy.log(0.4), numpy.log(0.125)], [0.5, 0.2]),
    "lotka_volterra": ("lognormal", [-0.125, -3.0, -0.125, -3.0], [0.5] * 4),
}
FILES = {"gaussian_linear_single": "gaussian_linear", "gaussian_mixture_single": "gaussian_mixture"}


def prior_of(task):
    """The prior as sbi wants it."""
    from sbi.utils import BoxUniform
    from torch.distributions import Independent, LogNormal, Normal

    kind, first, second = PRIORS[task]
    first, second = torch.tensor(first, dtype=torch.float32), torch.tensor(second, dtype=torch.float32)
    if kind == "uniform":
        return BoxUniform(first, second)
    family = Normal if kind == "normal" else LogNormal
    return Independent(family(first, second), 1)


def write(path, rows):
    """A CSV file with a header row."""
    header = ",".join(f"theta{i}" for i in range(rows.shape[1]))
    numpy.savetxt(path, rows, delimiter=",", header=header, comments="")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--task", required=True, choices=sorted(PRIORS))
    arguments.add_argument("--simulations", required=True)
    arguments.add_argument("--reference", required=True)
    arguments.add_argument("--bench", required=True, help="the program tallsbi-bench")
    arguments.add_argument("--draws", type=int, default=1_000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--epochs", type=int, default=None, help="at most so many (sbi: no limit)")
    given = arguments.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(given.seed)
    from sbi.inference import NPSE

    simulations = load_file(given.simulations)
    theta, x = (torch.tensor(simulations[name], dtype=torch.float32) for name in ("theta", "x"))
    inference = NPSE(prior=prior_of(given.task))
    inference.append_simulations(theta, x)
    start = time.perf_counter()
    limit = {} if given.epochs is None else {"max_num_epochs": given.epochs}
    inference.train(**limit)
    seconds = time.perf_counter() - start
    posterior = inference.build_posterior()
    reference = load_file(pathlib.Path(given.reference) / f"{FILES.get(given.task, given.task)}.safetensors")
    found = []
    for observed, expected in zip(reference["x_obs"], reference["posterior"]):
        start = time.perf_counter()
        observed = torch.tensor(observed, dtype=torch.float32)[None]
        draws = posterior.sample((given.draws,), x=observed, show_progress_bars=False).numpy()
        sampling = time.perf_counter() - start
        with tempfile.TemporaryDirectory() as folder:
            names = [str(pathlib.Path(folder) / name) for name in ("draws.csv", "reference.csv")]
            write(names[0], draws)
            write(names[1], expected[: given.draws])
            command = [given.bench, "score", "--draws", names[0], "--reference", names[1]]
            scores = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        found.append({**scores, "sampling_seconds": sampling})
    epochs = inference.summary["epochs_trained"][-1]
    print(json.dumps({"task": given.task, "training_seconds": seconds, "epochs": epochs, "observations": found}))


if __name__ == "__main__":
    main()

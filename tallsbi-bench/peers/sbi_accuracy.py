"""Train NPSE of the Python package `sbi`, with its defaults, on simulations that `tallsbi-bench simulate` wrote, and score draws
of the posteriors of the reference's observations by `tallsbi-bench score`; print scores and times as JSON.

    tallsbi-bench simulate --task two_moons --simulations 10000 --seed 1 --out simulations.safetensors
    python3 sbi_accuracy.py --task two_moons --simulations simulations.safetensors --reference ../shared/reference/single \\
        --bench target/release/tallsbi-bench

`sbi` trains until its validation loss has been worse than the best by two standard deviations for 20 epochs, which can take long:
after `--minutes` the best network so far is taken, as `sbi` itself does where it stops, and the JSON says so. Log-normal priors
are given to `sbi` as they are, which is its default; `--logarithms` gives it the logarithms of such parameters with their normal prior.
"""

import argparse
import contextlib
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

import numpy
import torch
from safetensors.numpy import load_file

# Bounds of the uniform priors, or mean and standard deviation of the normal ones, or of the logarithm of the log-normal ones; the
# mean alone of the multivariate normal one.
PRIORS = {
    "two_moons": ("uniform", [-1.0] * 2, [1.0] * 2),
    "slcp": ("uniform", [-3.0] * 5, [3.0] * 5),
    "gaussian_linear_single": ("normal", [0.0] * 10, [0.1**0.5] * 10),
    "gaussian_linear_uniform": ("uniform", [-1.0] * 10, [1.0] * 10),
    "gaussian_mixture_single": ("uniform", [-10.0] * 2, [10.0] * 2),
    "sir": ("lognormal", [numpy.log(0.4), numpy.log(0.125)], [0.5, 0.2]),
    "lotka_volterra": ("lognormal", [-0.125, -3.0, -0.125, -3.0], [0.5] * 4),
    "bernoulli_glm": ("joint", [0.0] * 10, None),
}
FILES = {"gaussian_linear_single": "gaussian_linear", "gaussian_mixture_single": "gaussian_mixture"}


def smooth_precision():
    """The prior precision of the GLM's offset (variance 2) and filter, whose second differences are small."""
    lag = torch.arange(9)
    difference = torch.eye(9) - torch.diag(torch.ones(8), -1)
    factor = difference @ difference + torch.diag((lag / 9).sqrt())
    return torch.block_diag(torch.tensor([[0.5]]), factor.T @ factor)


def prior_of(task, logarithms):
    """The prior as sbi wants it, of the logarithms of log-normal parameters where they are asked for."""
    from sbi.utils import BoxUniform
    from torch.distributions import Independent, LogNormal, MultivariateNormal, Normal

    kind, first, second = PRIORS[task]
    if kind == "joint":
        return MultivariateNormal(torch.tensor(first), precision_matrix=smooth_precision())
    first, second = torch.tensor(first, dtype=torch.float32), torch.tensor(second, dtype=torch.float32)
    if kind == "uniform":
        return BoxUniform(first, second)
    family = Normal if kind == "normal" or logarithms else LogNormal
    return Independent(family(first, second), 1)


def write(path, rows):
    """A CSV file with a header row."""
    header = ",".join(f"theta{i}" for i in range(rows.shape[1]))
    numpy.savetxt(path, rows, delimiter=",", header=header, comments="")


def limited(base, minutes, threads):
    """A trainer that stops as if it had converged, with the best network so far, when its processor time for each thread is up."""

    class Limited(base):
        """`sbi`'s trainer with a limit in minutes."""

        out_of_time = False

        def _converged(self, epoch, stop_after_epochs):
            if epoch == 0:
                self.end = seconds()[1] + 60.0 * minutes * threads
            converged = super()._converged(epoch, stop_after_epochs)
            if not converged and seconds()[1] > self.end:
                self._neural_net.load_state_dict(self._best_model_state_dict)
                self.out_of_time = converged = True
            return converged

    return Limited


def seconds():
    """Wall and processor seconds."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return numpy.array([time.perf_counter(), usage.ru_utime + usage.ru_stime])


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--task", required=True, choices=sorted(PRIORS))
    arguments.add_argument("--simulations", required=True)
    arguments.add_argument("--reference", required=True)
    arguments.add_argument("--bench", required=True, help="the program tallsbi-bench")
    arguments.add_argument("--draws", type=int, default=1_000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--minutes", type=float, default=60.0, help="the longest training, processor time of each thread")
    arguments.add_argument("--sampling-minutes", type=float, default=5.0, help="the longest sampling of one posterior")
    arguments.add_argument("--sde", default=None, choices=["ve", "vp", "subvp"], help="sbi's own choice where not given")
    arguments.add_argument("--logarithms", action="store_true", help="of log-normal parameters")
    given = arguments.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(given.seed)
    numpy.random.seed(given.seed)
    from sbi.inference import NPSE

    logarithms = given.logarithms and PRIORS[given.task][0] == "lognormal"
    simulations = load_file(given.simulations)
    reference = load_file(pathlib.Path(given.reference) / f"{FILES.get(given.task, given.task)}.safetensors")
    bench = str(pathlib.Path(given.bench).resolve())
    theta, x = (torch.tensor(simulations[name], dtype=torch.float32) for name in ("theta", "x"))
    if logarithms:
        theta = theta.log()
    options = {} if given.sde is None else {"sde_type": given.sde}
    # sbi writes logs where it runs, and prints where the result goes.
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(sys.stderr):
        os.chdir(folder)
        prior = prior_of(given.task, logarithms)
        inference = limited(NPSE, given.minutes, given.threads)(prior=prior, show_progress_bars=False, **options)
        inference.append_simulations(theta, x)
        start = seconds()
        inference.train()
        training = seconds() - start
        posterior = inference.build_posterior()
        found = []
        for observed, expected in zip(reference["x_obs"], reference["posterior"]):
            start = seconds()
            draws = posterior.sample(
                (given.draws,),
                x=torch.tensor(observed, dtype=torch.float32)[None],
                show_progress_bars=False,
                max_sampling_time=60.0 * given.sampling_minutes,
                return_partial_on_timeout=True,
            ).numpy()
            sampling = seconds() - start
            names = [str(pathlib.Path(folder) / name) for name in ("draws.csv", "reference.csv")]
            write(names[0], numpy.exp(draws) if logarithms else draws)
            write(names[1], expected)
            command = [bench, "score", "--draws", names[0], "--reference", names[1]]
            scores = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            found.append({**scores, "draws": len(draws), "sampling_seconds": list(sampling.round(2))})
        os.chdir("/")
    means = {name: float(numpy.mean([one[name] for one in found])) for name in ("sw", "mmd", "c2st")}
    told = {
        "task": given.task,
        "simulations": len(theta),
        "logarithms": logarithms,
        "sde": given.sde or "default",
        "training_seconds": list(training.round(1)),
        "epochs": inference.summary["epochs_trained"][-1],
        "out_of_time": inference.out_of_time,
        **means,
        "observations": found,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()

"""Train NPSE of the Python package `sbi` on simulations of SLCP and sample its tall posteriors; print times as JSON.

Defaults of the package (network, batch, noise process) on as many simulations as asked, for a fixed number of epochs; then
draws given n observations with `iid_method` gauss and auto_gauss. Its time for an epoch is for its own default network and
batch, which differ from those of `tallsbi-bench speed`: compare the sampling times with care and the epochs not at all.
"""

import argparse
import json
import time

import torch


def simulate(theta):
    """Four points of a Gaussian in the plane: mean theta[0:2], roots of scales theta[2:4], atanh of correlation theta[4]."""
    mean, s1, s2 = theta[:, :2], theta[:, 2] ** 2, theta[:, 3] ** 2
    rho = torch.tanh(theta[:, 4])
    z = torch.randn(len(theta), 4, 2)
    first = s1[:, None] * z[..., 0]
    second = s2[:, None] * (rho[:, None] * z[..., 0] + (1 - rho[:, None] ** 2).sqrt() * z[..., 1])
    return (mean[:, None] + torch.stack([first, second], -1)).flatten(1)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--simulations", type=int, default=10_000)
    arguments.add_argument("--epochs", type=int, default=5)
    arguments.add_argument("--n-obs", type=int, default=8)
    arguments.add_argument("--draws", type=int, default=1_000)
    arguments.add_argument("--methods", default="gauss,auto_gauss")
    given = arguments.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(1)

    import sbi
    from sbi.inference import NPSE
    from sbi.utils import BoxUniform

    prior = BoxUniform(-3 * torch.ones(5), 3 * torch.ones(5))
    theta = prior.sample((given.simulations,))
    inference = NPSE(prior=prior)
    inference.append_simulations(theta, simulate(theta))
    start = time.perf_counter()
    inference.train(max_num_epochs=given.epochs)
    report = {
        "sbi": sbi.__version__,
        "torch": torch.__version__,
        "epoch_seconds": (time.perf_counter() - start) / given.epochs,
        "n_obs": given.n_obs,
        "draws": given.draws,
    }
    posterior = inference.build_posterior()
    x = simulate(torch.tensor([[0.7, -0.4, 1.1, -0.9, 0.3]]).repeat(given.n_obs, 1))
    for method in given.methods.split(","):
        start = time.perf_counter()
        posterior.sample((given.draws,), x=x, iid_method=method, show_progress_bars=False)
        report[f"{method}_seconds"] = time.perf_counter() - start
    print(json.dumps(report))


if __name__ == "__main__":
    main()

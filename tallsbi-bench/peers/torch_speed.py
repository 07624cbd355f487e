"""Do in PyTorch the work that `tallsbi-bench speed` does, and print the times as one JSON document.

The network is the default one of the library: 3 hidden layers of 256 units, SiLU, fed with 5 features of theta and their
5 signal shares, an observation of 8 numbers as z-scores and normal scores, and 3 cosines and sines of the time. What it has
learned does not matter for speed, so it is used as it was initialised.

GAUSS is written from the formulas: Lambda = sum_j P_j + (1 - n) P_prior with constant precisions, and
s = Lambda^-1 (sum_j P_j s_j + (1 - n) P_prior s_prior), stepped by DDIM with eta = 1 over a uniform grid of times, all
observations in one batch. The prior is N(0, I).
"""

import argparse
import json
import math
import time

import torch

M, D, WIDTH, FREQUENCIES, BATCH = 5, 8, 256, 3, 256
BETA_MIN, BETA_MAX = 0.1, 40.0


class Network(torch.nn.Module):
    """eps(theta, signal, latent, x, t)."""

    def __init__(self):
        super().__init__()
        linear = torch.nn.Linear
        self.layers = torch.nn.Sequential(
            linear(3 * M + 2 * D + 2 * FREQUENCIES, WIDTH), torch.nn.SiLU(),
            linear(WIDTH, WIDTH), torch.nn.SiLU(),
            linear(WIDTH, WIDTH), torch.nn.SiLU(),
            linear(WIDTH, M),
        )
        self.register_buffer("k", math.pi * torch.arange(1, FREQUENCIES + 1))

    def forward(self, theta, signal, latent, x, t):
        angle = t[:, None] * self.k
        return self.layers(torch.cat([theta, signal, latent, x, angle.cos(), angle.sin()], dim=1))


def alpha(t):
    """The squared mean factor of the variance-preserving process at time t."""
    return math.exp(-(BETA_MIN * t + 0.5 * (BETA_MAX - BETA_MIN) * t * t))


def alphas(t):
    return torch.exp(-(BETA_MIN * t + 0.5 * (BETA_MAX - BETA_MIN) * t * t))


def median_seconds(call, repeats):
    call()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return sorted(seconds)[repeats // 2]


def training(steps, rounds):
    """Milliseconds of a step: batch, noise, forward, loss, backward, Adam. No averaged weights."""
    network = Network()
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
    theta, x = torch.randn(steps * BATCH, M), torch.randn(steps * BATCH, 2 * D)

    def epoch():
        order = torch.randperm(len(theta))
        for i in range(steps):
            rows = order[i * BATCH:(i + 1) * BATCH]
            t = torch.rand(BATCH)
            a = alphas(t)[:, None]
            noise = torch.randn(BATCH, M)
            noised = a.sqrt() * theta[rows] + (1 - a).sqrt() * noise
            loss = ((network(noised, a.expand(-1, M), noised, x[rows], t) - noise) ** 2).mean()
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimiser.step()

    return 1e3 * median_seconds(epoch, rounds) / steps


@torch.no_grad()
def forward(rows, repeats):
    network = Network()
    inputs = torch.randn(rows, M), torch.rand(rows, M), torch.randn(rows, M), torch.randn(rows, 2 * D), torch.rand(rows)
    return 1e3 * median_seconds(lambda: network(*inputs), repeats)


@torch.no_grad()
def ddim(network, x, draws, steps, precisions):
    """Draws given all rows of x (n of them): theta of [draws, M]. `precisions`: [n, M, M], or None for n = 1."""
    n = len(x)
    grid = torch.linspace(1.0, 0.0, steps + 1).tolist()
    theta = torch.randn(draws, M)
    everything = x.repeat(draws, 1)
    eye = torch.eye(M)
    for now, then in zip(grid[:-1], grid[1:]):
        a, b = alpha(now), alpha(then)
        variance, variance_then = 1 - a, 1 - b
        rows = theta.repeat_interleave(n, dim=0)
        noise = network(rows, torch.full_like(rows, a), rows, everything, torch.full((len(rows),), now))
        scores = (-noise / math.sqrt(variance)).view(draws, n, M)
        if precisions is None:
            score = scores[:, 0]
        else:
            each = precisions + a / variance * eye
            prior = (1 + a / variance) * eye
            total = each.sum(0) + (1 - n) * prior
            weighted = torch.einsum("jik,djk->di", each, scores) - (1 - n) * theta @ prior
            score = torch.linalg.solve(total, weighted.T).T
        added = min(variance_then / variance * max(variance - a / b * variance_then, 0.0), variance_then)
        ratio = math.sqrt(b / a)
        drift = ratio * variance - math.sqrt(variance_then - added) * math.sqrt(variance)
        theta = ratio * theta + drift * score + math.sqrt(added) * torch.randn(draws, M)
    return theta


@torch.no_grad()
def tall(n, draws, steps, pilot_draws, pilot_steps):
    """Seconds of GAUSS with DDIM, the covariance pre-pass (one batch a step for each observation) included."""
    network, x = Network(), torch.randn(n, 2 * D)
    start = time.perf_counter()
    covariances = [torch.cov(ddim(network, x[j:j + 1], pilot_draws, pilot_steps, None).T) for j in range(n)]
    # An untrained network's covariances may be anything; any positive definite ones cost the same.
    eye = torch.eye(M)
    precisions = torch.stack([torch.linalg.inv(c.nan_to_num(0.0).clamp(-1e3, 1e3) * 1e-3 + 0.5 * eye) for c in covariances])
    ddim(network, x, draws, steps, precisions)
    return time.perf_counter() - start


def product(rows):
    """GFLOP/s of the hidden layers' product."""
    a, b, out = torch.randn(rows, WIDTH), torch.randn(WIDTH, WIDTH), torch.empty(rows, WIDTH)
    return 2e-9 * rows * WIDTH * WIDTH / median_seconds(lambda: torch.mm(a, b, out=out), 51)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--only", default="product,training,forward,ddim")
    arguments.add_argument("--quick", action="store_true", help="small versions, whose figures say nothing")
    given = arguments.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(1)
    quick, parts = given.quick, given.only.split(",")
    report = {"torch": torch.__version__, "threads": given.threads}
    if "product" in parts:
        report["product_gflops"] = max(product(rows) for rows in (1024, 4096, 16384))
    if "training" in parts:
        report["training_ms"] = training(4, 1) if quick else training(200, 5)
    if "forward" in parts:
        report["forward_ms"] = forward(512, 3) if quick else forward(4096, 101)
    if "ddim" in parts:
        report["ddim_seconds"] = tall(3, 20, 10, 20, 2) if quick else tall(30, 1000, 1000, 1000, 30)
    print(json.dumps(report))


if __name__ == "__main__":
    main()

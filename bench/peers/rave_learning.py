"""RAVE's own code learns what bench_learning's rave learns: the reconstruction
of its first phase, at the size of raspberry.

    rave_learning.py --sources FOLDER [OPTION...] WAV...

FOLDER holds the sources that rave_code.py names."""
import argparse

import learn
import peer

parser = argparse.ArgumentParser()
parser.add_argument("--sources", required=True)
parser.add_argument("--batch", type=int, default=2)
parser.add_argument("--length", type=int, default=65536)
learn.add_arguments(parser)
options = peer.arguments(parser)

import torch
import rave_code

rave = rave_code.opened(options.sources, "raspberry")


def measured(how, x, y):
    """The distance where a silence counts as noise at -60 dB, as ours does:
    else windows that end in silence outweigh all others."""
    total = 0
    for a, b in zip(how.multiscale_stft(x), how.multiscale_stft(y)):
        quiet = 1e-6 * 3 / 8 * 2 * (a.shape[-2] - 1)
        logs = (torch.log(a + how.log_epsilon)
                - torch.log(b + how.log_epsilon)).abs().mean()
        total = total + logs + ((a - b) ** 2).mean() / (
            a ** 2).mean().clamp(min=quiet)
    return total


class Lesson:
    context, unit = 0, "distance"

    def __init__(self):
        self.net = rave.RAVE(n_channels=1)
        self.net.encoder.set_warmed_up(False)
        self.net.decoder.set_warmed_up(False)
        learned = list(self.net.encoder.parameters()) + list(
            self.net.decoder.parameters())
        self.adam = torch.optim.Adam(learned, 1e-3, (.5, .9))

    def made(self, x, bands, z):
        """Of latents: bands and sound."""
        made = self.net.decoder(z)
        sound = rave.model._pqmf_decode(self.net.pqmf, made,
                                        batch_size=made.shape[:-2],
                                        n_channels=1)
        return made[..., :bands.shape[-1]], sound[..., :x.shape[-1]]

    def distance(self, x, bands, z):
        made, sound = self.made(x, bands, z)
        return self.net.multiband_audio_distance(bands, made)[
            "spectral_distance"] + self.net.audio_distance(x, sound)[
            "spectral_distance"]

    def step(self, x, fresh):
        x = x[:, None]
        z, bands = self.net.encode(x, return_mb=True)
        z, order = self.net.encoder.reparametrize(z)[:2]
        loss = self.distance(x, bands, z) + 0.1 * order
        self.adam.zero_grad(set_to_none=True)
        loss.backward()
        self.adam.step()

    def measure(self, x, fresh):
        x = x[:, None]
        z, bands = self.net.encode(x, return_mb=True)
        made, sound = self.made(x, bands, z.chunk(2, 1)[0])
        return (measured(self.net.multiband_audio_distance, bands, made)
                + measured(self.net.audio_distance, x, sound)).item()


learn.run(Lesson, options)

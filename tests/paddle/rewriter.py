"""Calls pdquant, each rewrite once."""
import os
import subprocess

# The configurations that are trained: options of pdquant transpile.
CONFIGS = {
    'abs_max16': dict(bits=16),
    'range16': dict(bits=16, activations='range_abs_max'),
    'wrange16': dict(bits=16, weights='range_abs_max', activations='range_abs_max'),
    'abs_max': {},
    'moving': dict(activations='moving_average_abs_max'),
    'wmoving': dict(weights='moving_average_abs_max', activations='moving_average_abs_max'),
}


def options(config):
    c = CONFIGS[config]
    bits = str(c.get('bits', 8))
    return ['--weight-bits', bits, '--activation-bits', bits, '--weight-quantize-type', c.get('weights', 'abs_max'),
            '--activation-quantize-type', c.get('activations', 'abs_max')]


class Rewriter:
    def __init__(self, pdquant, folder):
        self.pdquant = pdquant
        self.folder = folder
        self.done = {}

    def transpile(self, program, config, *more):
        """The paths of the rewritten main and startup program of a folder with main.pb and startup.pb."""
        key = (program, config) + more
        if key not in self.done:
            out = os.path.join(self.folder, str(len(self.done)))
            main, startup = out + '.main.pb', out + '.startup.pb'
            subprocess.run([self.pdquant, 'transpile', os.path.join(program, 'main.pb'), '-o', main, '--startup', os.path.join(program, 'startup.pb'),
                            '--startup-out', startup, '-q'] + options(config) + list(more), check=True)
            self.done[key] = (main, startup)
        return self.done[key]

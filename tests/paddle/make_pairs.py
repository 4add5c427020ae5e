"""Writes the networks of plain_networks.py, and what the reference of paddlepaddle 1.8.5 makes of them in six configurations.
Usage: make_pairs.py OUT"""
import os
import sys

from paddle.fluid import Program, framework, optimizer, program_guard, unique_name
from paddle.fluid.contrib.quantize import QuantizeTranspiler

import plain_networks
from make_programs import save

CONFIGURATIONS = {
    'abs_max': {},
    'range': dict(activation_quantize_type='range_abs_max'),
    'moving': dict(activation_quantize_type='moving_average_abs_max'),
    'w4a6': dict(weight_bits=4, activation_bits=6),
    'wrange_win100': dict(activation_quantize_type='range_abs_max', weight_quantize_type='range_abs_max', window_size=100),
    'moving_rate05': dict(activation_quantize_type='moving_average_abs_max', moving_rate=0.5),
}


def save_both(programs, folder):
    os.makedirs(folder)
    for program, name in zip(programs, ('main.pb', 'startup.pb')):
        save(program, os.path.join(folder, name))


def build(network):
    framework._name_scope = framework.NameScope()  # op_namescope is numbered per process: start again
    main, startup = Program(), Program()
    with program_guard(main, startup):
        loss = network()
        if not any(op.has_attr('op_role') and op.attr('op_role') == 2 for op in main.global_block().ops):
            optimizer.Adam(1e-3).minimize(loss)
    return main, startup


def main():
    for network in plain_networks.NETWORKS:
        folder = os.path.join(sys.argv[1], network.__name__)
        for configuration, options in CONFIGURATIONS.items():
            with unique_name.guard():
                programs = build(network)
                if not os.path.exists(folder):
                    save_both(programs, folder)
                QuantizeTranspiler(**options).training_transpile(*programs)
                save_both(programs, os.path.join(folder, configuration))


main()

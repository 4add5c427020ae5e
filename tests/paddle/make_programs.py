"""Writes the training program and the startup program of each network of a module, and what to feed.
Usage: make_programs.py OUT [MODULE [NETWORK ...]], where MODULE is networks (paddlepaddle 1.8.5) or networks26 (2.6.2)."""
import importlib
import json
import os
import sys

import paddle
if paddle.__version__.startswith('2'):
    paddle.enable_static()
    from paddle.base import unique_name
    from paddle.base.framework import NameScope
    import paddle.base.framework as framework
    from paddle.base.proto import framework_pb2
    from paddle.static import Program, program_guard
else:
    from paddle.fluid import Program, framework, program_guard, unique_name
    from paddle.fluid.framework import NameScope
    from paddle.fluid.proto import framework_pb2


def save(program, path):
    """As Paddle serializes it, without stack traces: they hold paths of the machine."""
    desc = framework_pb2.ProgramDesc()
    desc.ParseFromString(program.desc.serialize_to_string())
    for block in desc.blocks:
        for op in block.ops:
            for attr in op.attrs:
                if attr.name == 'op_callstack':
                    del attr.strings[:]
    with open(path, 'wb') as f:
        f.write(desc.SerializeToString())


def feeds(main):
    """Name, shape with -1 as the batch, data type and LoD level of what has to be fed."""
    int64 = framework_pb2.VarType.INT64
    return [dict(name=v.name, shape=list(v.shape), dtype='int64' if v.dtype == int64 else 'float32', lod_level=v.lod_level)
            for v in main.global_block().vars.values() if v.is_data]


def write(network, folder):
    framework._name_scope = NameScope()  # op_namescope is numbered per process: start again
    main, startup = Program(), Program()
    with unique_name.guard(), program_guard(main, startup):
        loss = network()
    os.makedirs(folder, exist_ok=True)
    save(main, os.path.join(folder, 'main.pb'))
    save(startup, os.path.join(folder, 'startup.pb'))
    with open(os.path.join(folder, 'feeds.json'), 'w') as f:
        json.dump(dict(loss=loss.name, feeds=feeds(main)), f, indent=1)
        f.write('\n')


def main():
    out = sys.argv[1]
    module = importlib.import_module(sys.argv[2] if len(sys.argv) > 2 else 'networks')
    wanted = sys.argv[3:]
    failed = 0
    for network in module.NETWORKS:
        if wanted and network.__name__ not in wanted:
            continue
        try:
            write(network, os.path.join(out, network.__name__))
        except Exception as e:  # the others shall be written all the same
            failed += 1
            print('%s: %s: %s' % (network.__name__, type(e).__name__, str(e).strip().split('\n')[-1]), file=sys.stderr)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())

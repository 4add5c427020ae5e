"""The Python package in the real Paddle, 1.8.5, 2.6.2 or 3.3.1: its QuantizeTranspiler on programs and scopes in memory.
  corpus    programs of 1.8.5, rewritten in place, are what the command makes of their bytes
  training  a network is rewritten, trained, frozen and stored as int8, in place; in 1.8.5 beside Paddle's own class, with equal losses, outputs
            and weights
Usage: python_package.py PDQUANT CORPUS. Ends with the line `N passed, N failed`."""
import os
import sys

os.environ['FLAGS_enable_pir_api'] = '0'
os.environ['PDQUANT_BINARY'] = os.path.abspath(sys.argv[1])
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'python'))

import numpy as np
import paddle

import pdquant

OLD = paddle.__version__.startswith('1')
if OLD:
    import paddle.fluid as static
    from paddle.fluid import unique_name
    from paddle.fluid.contrib.quantize import QuantizeTranspiler as Reference
    layers, optimizer = static.layers, static.optimizer.SGD
else:
    paddle.enable_static()
    from paddle import static
    from paddle.base import unique_name
    layers, optimizer, Reference = static.nn, paddle.optimizer.SGD, None

KINDS = ['abs_max', 'range_abs_max', 'moving_average_abs_max']
NOT_IN_2 = ['static_rnn', 'amp']  # ops that Paddle 2 no longer has
STEPS = 6


def relu(x):
    return layers.relu(x) if OLD else paddle.nn.functional.relu(x)


def build():
    """A convolution, a layer that shares its input, a product; a loss and its backward."""
    main, startup = static.Program(), static.Program()
    main.random_seed = startup.random_seed = 7
    with unique_name.guard(), static.program_guard(main, startup):
        x = static.data('x', [None, 1, 8, 8], 'float32')
        h = relu(layers.conv2d(x, 4, 3))
        out = layers.fc(layers.fc(h, 8), 3)
        label = static.data('label', [None, 3], 'float32')
        if OLD:
            loss = layers.mean(layers.square_error_cost(out, label))
        else:
            loss = paddle.mean(paddle.nn.functional.square_error_cost(out, label))
        test = main.clone(for_test=True)
        optimizer(0.05).minimize(loss)
    return main, startup, test, out.name, loss.name


def feeds():
    random = np.random.RandomState(3)
    for _ in range(STEPS):
        yield dict(x=random.rand(4, 1, 8, 8).astype('float32'), label=random.rand(4, 3).astype('float32'))


def train(transpiler, kind):
    """Losses; outputs of the simulation, frozen and as int8 says; the weights of the frozen program."""
    place = static.CPUPlace() if OLD else paddle.CPUPlace()
    exe, scope = static.Executor(place), paddle.fluid.core.Scope() if OLD else paddle.base.core.Scope()
    main, startup, test, out, loss = build()
    with static.scope_guard(scope), unique_name.guard():
        transpiler.training_transpile(main, startup)
        parameters = len(main.all_parameters())
        # The test form of what was rewritten reads the scales that are trained.
        transpiler.training_transpile(test, static.Program())
        exe.run(startup)
        losses = [float(np.asarray(exe.run(main, feed=feed, fetch_list=[loss])[0]).ravel()[0]) for feed in feeds()]
        x = dict(next(feeds()))
        run = lambda: np.asarray(exe.run(test, feed=x, fetch_list=[output_of(test, out)])[0])
        test = test.clone(for_test=True)
        simulated = run()
        transpiler.freeze_program(test, place, scope)
        frozen = run()
        weights = {p: np.array(scope.find_var(p).get_tensor()) for p in ('conv2d_0.w_0', 'fc_0.w_0', 'fc_1.w_0')}
        transpiler.convert_to_int8(test, place, scope)
        stored = {p: np.array(scope.find_var(p + '.int8').get_tensor()) for p in weights}
    return dict(losses=losses, simulated=simulated, frozen=frozen, weights=weights, stored=stored, parameters=parameters)


def output_of(program, out):
    return program.global_block().var(out)


def check_training(kind):
    weights = 'abs_max'
    mine = train(pdquant.QuantizeTranspiler(activation_quantize_type=kind, weight_quantize_type=weights, window_size=4), kind)
    wrong = []
    if mine['parameters'] != 6:
        wrong.append('%d parameters are left of 6' % mine['parameters'])
    span = np.ptp(mine['simulated'])
    if not np.allclose(mine['simulated'], mine['frozen'], atol=1e-5 * span):
        wrong.append('the frozen program computes something else')
    for name, weight in mine['weights'].items():
        if not np.array_equal(weight, np.round(weight)) or np.abs(weight).max() != 127:
            wrong.append(name + ' holds no integers up to 127')
        if mine['stored'][name].dtype != np.int8 or not np.array_equal(mine['stored'][name], weight):
            wrong.append(name + ' is not stored as int8')
    if Reference is not None:
        theirs = train(Reference(activation_quantize_type=kind, weight_quantize_type=weights, window_size=4), kind)
        if mine['losses'] != theirs['losses']:
            wrong.append('losses %s, of Paddle %s' % (mine['losses'], theirs['losses']))
        if not np.allclose(mine['frozen'], theirs['frozen'], atol=1e-5 * span):
            wrong.append("other outputs than Paddle's frozen program")
        for name in mine['weights']:
            if not np.array_equal(mine['weights'][name], theirs['weights'][name]):
                wrong.append(name + " has other integers than Paddle's")
    return wrong


def check_corpus(folder, kind):
    read = lambda name: open(os.path.join(folder, name), 'rb').read()
    main, startup = (static.Program.parse_from_string(read(name)) for name in ('main.pb', 'startup.pb'))
    names = {v.name for v in main.list_vars()}
    expected = pdquant.transpile(main.desc.serialize_to_string(), startup.desc.serialize_to_string(), activation_quantize_type=kind)
    pdquant.QuantizeTranspiler(activation_quantize_type=kind).training_transpile(main, startup)
    wrong = []
    for what, program, bytes_ in (('main', main, expected.main), ('startup', startup, expected.startup)):
        # Paddle 2 writes the defaults of its own attributes when it reads a program.
        as_read = static.Program.parse_from_string(bytes_).desc.serialize_to_string()
        if not pdquant.diff(program.desc.serialize_to_string(), as_read)['equal']:
            wrong.append(what + ' differs from what the command makes')
    if not names <= {v.name for v in main.list_vars()}:
        wrong.append('variables are missing in Python')
    return wrong


def main():
    failed = passed = 0
    corpus = sys.argv[2]
    networks = sorted(n for n in os.listdir(corpus) if os.path.isfile(os.path.join(corpus, n, 'main.pb')))
    jobs = [('training, ' + kind, check_training, (kind,)) for kind in KINDS]
    jobs += [('corpus, %s, %s' % (n, kind), check_corpus, (os.path.join(corpus, n), kind))
             for n in networks if OLD or n not in NOT_IN_2 for kind in KINDS[::2]]
    for name, check, arguments in jobs:
        try:
            wrong = check(*arguments)
        except Exception as error:  # pylint: disable=broad-except # the others are run, too
            wrong = ['%s: %s' % (type(error).__name__, error)]
        print('%s %s%s' % ('ok    ' if not wrong else 'FAILED', name, ''.join('\n       ' + w for w in wrong)), flush=True)
        failed, passed = failed + bool(wrong), passed + (not wrong)
    print('%d passed, %d failed' % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == '__main__':
    sys.exit(main())

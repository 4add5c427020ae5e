"""What is checked in which Paddle. A check has jobs for the worker and a judge, which takes their results and returns what is wrong (None
where nothing is) and what was measured."""
import collections
import json
import math
import os

Check = collections.namedtuple('Check', 'network config kind jobs judge program')

TOLERANCE = 1e-3

# The corpus: what the reference can't rewrite, and where not everything can be asked for.
CORPUS_CONTROL_FLOW = ['dynamic_rnn', 'static_rnn', 'cond', 'recompute', 'inplace_sum', 'gan']
CORPUS_PLAIN = ['linear', 'mlp', 'mlp_multi_input', 'shared_weight', 'lenet', 'residual', 'embedding_ngram', 'lstm', 'inception', 'regularized_clipped',
                'no_quantizable']
DROPOUT = ['transformer']                # its steps can't be repeated
LARGE = ['mobilenet', 'resnet']          # batch norm over four images amplifies rounding: the first loss only
NOT_TRAINABLE = ['no_quantizable']       # has no parameter
AMPLIFYING = ['penalty_cond']             # a gradient's gradient makes more of a rounding; how much, depends on the processor's kernels
KINKED = ['residual', 'inception']       # a rounding moves the largest of a pool's window: losses alone
NOT_FROZEN = ['untaken_branch', 'share_write_read']  # a branch that never runs never trained its scale: refused, rightly
# What paddlepaddle 1.8.5 can't save for inference from a training program, in float: the loss is made of gradients, or the second loss
# behind the first optimizer.
NOT_SAVED = ['mul_grad_grad', 'conv_grad_grad', 'penalty_cond', 'gan2', 'gan_with_loop', 'shared_two_optimizers']
# What paddlepaddle 1.8.5 itself can't run through CompiledProgram, in float.
NOT_COMPILED = ['split_batch',      # a branch that doesn't run leaves the rows of the step before
                'while_in_cond']    # "Tensor holds no memory"
# What 2.6.2 can't do with a program of 1.8.5, in float.
NOT_IN_26 = ['static_rnn', 'conv_rnn', 'rnn_outer_activation', 'two_static_rnns', 'cond_in_rnn',  # the op rnn_memory_helper is gone
             'dynamic_rnn', 'attention_rnn', 'stacked_dynamic_rnns', 'true_attention',            # gradients are random, or NaN
             'split_batch',                                                                       # as in CompiledProgram
             'conv_grad_grad']                                                                    # std::bad_alloc


def key(job):
    return json.dumps(job, sort_keys=True)


def job(folder, programs, **more):
    main, startup = programs
    return dict(main=main, startup=startup, feeds=os.path.join(folder, 'feeds.json'), **more)


def original(folder):
    return os.path.join(folder, 'main.pb'), os.path.join(folder, 'startup.pb')


def worst_loss(expected, actual):
    return max(abs(e - a) / max(1, abs(e)) if math.isfinite(a) else math.inf for e, a in zip(expected, actual))


def worst_gradient(expected, actual):
    """The largest distance of a gradient, in parts of its norm, and its name."""
    worst = (0.0, '')
    for name, values in expected.items():
        other = actual.get(name)
        if other is None or len(other) != len(values):
            return math.inf, name
        norm = math.sqrt(sum(v * v for v in values))
        distance = math.sqrt(sum((v - o) ** 2 for v, o in zip(values, other)))
        worst = max(worst, (distance / norm if norm > 0 else distance, name))
    return worst


def follows(steps, gradients, tolerance=TOLERANCE):
    """Losses, and the first step's gradients, are those of the float program."""
    def judge(expected, actual):
        loss = worst_loss(expected['losses'][:steps], actual['losses'][:steps])
        measured = 'loss %.1e' % loss
        problem = None if loss <= tolerance else '%s: float %s, here %s' % (measured, expected['losses'][:steps], actual['losses'][:steps])
        if gradients:
            distance, name = worst_gradient(expected['gradients'], actual['gradients'])
            measured += ' gradient %.1e' % distance
            if not distance <= TOLERANCE:
                problem = problem or '%s of %s' % (measured, name)
        return problem, measured
    return judge


def same(expected, actual):
    """The losses of the reference's program, to the last bit."""
    if expected['losses'] == actual['losses']:
        return None, 'equal'
    return 'the reference gives %s, this %s' % (expected['losses'], actual['losses']), ''


def comes_down(result):
    first, last = result['losses'][0], result['losses'][-1]
    measured = '%.4f to %.4f' % (first, last)
    return (None if last < first else 'the loss goes from ' + measured), measured


def all_quantized(result):
    operands = result['float_operands']
    return ('reads float: ' + '; '.join(operands[:3]) if operands else None), 'every operand is dequantized'


def reloads(tolerance):
    """The saved model computes what the program does."""
    def judge(result):
        distance = worst_loss([result['expected']], [result['loaded']])
        problem = None if distance <= tolerance else 'the program gives %s, the saved model %s' % (result['expected'], result['loaded'])
        return problem, '%.1e' % distance
    return judge


class Plan:
    def __init__(self, rewriter):
        self.rewriter = rewriter
        self.checks = []
        self.more = {}  # for each job

    def add(self, folder, config, kind, jobs, judge, program=None):
        self.checks.append(Check(os.path.basename(folder), config, kind, jobs, judge, program))

    def follow(self, folder, config, steps=5, gradients=True, **more):
        more.update(self.more)
        programs = self.rewriter.transpile(folder, config)
        jobs = [job(folder, p, steps=steps, gradients=gradients, **more) for p in (original(folder), programs)]
        tolerance = 10 * TOLERANCE if os.path.basename(folder) in AMPLIFYING else TOLERANCE
        self.add(folder, config, 'compiled' if more.get('compiled') else 'follows', jobs, follows(steps, gradients, tolerance), programs)

    def come_down(self, folder, config, steps=30):
        programs = self.rewriter.transpile(folder, config)
        self.add(folder, config, 'comes down', [job(folder, programs, steps=steps, **self.more)], comes_down, programs)

    def equal_reference(self, folder, config, steps=5):
        expected = original(os.path.join(folder, config))
        if os.path.exists(expected[0]):
            programs = self.rewriter.transpile(folder, config)
            self.add(folder, config, 'reference', [job(folder, p, steps=steps, **self.more) for p in (expected, programs)], same, programs)

    def structure(self, folder, config):
        programs = self.rewriter.transpile(folder, config)
        self.add(folder, config, 'structure', [dict(action='shape', main=programs[0])], all_quantized, programs)

    def save_inference(self, folder, config):
        programs = self.rewriter.transpile(folder, config)
        self.add(folder, config, 'inference', [job(folder, programs, action='infer')], reloads(1e-6), programs)

    def test_form(self, folder, config):
        """--for-test against clone(for_test=True) of the float program, with the initial weights."""
        programs = self.rewriter.transpile(folder, config, '--for-test')
        jobs = [job(folder, original(folder), action='test', clone=True, **self.more), job(folder, programs, action='test', **self.more)]
        self.add(folder, config, 'test form', jobs, follows(1, False), programs)

    def freeze(self, folder, config):
        programs = self.rewriter.transpile(folder, config)
        test = self.rewriter.transpile(folder, config, '--for-test')[0]
        self.add(folder, config, 'frozen', [job(folder, programs, action='freeze', test=test, pdquant=self.rewriter.pdquant)], reloads(TOLERANCE), programs)

    def control_flow(self, folder, compiled):
        for config in ('abs_max16', 'range16', 'wrange16'):
            self.follow(folder, config)
        for config in ('abs_max', 'moving', 'wmoving'):
            self.come_down(folder, config)
        self.structure(folder, 'abs_max16')
        self.structure(folder, 'wmoving')
        if compiled:
            self.follow(folder, 'range16', compiled=True)


def folders(parent, wanted=None):
    return [os.path.join(parent, name) for name in (wanted or sorted(os.listdir(parent)))]


def plan18(rewriter, corpus, programs, nightly):
    plan = Plan(rewriter)
    for folder in folders(corpus, CORPUS_PLAIN):
        for config in ('abs_max16', 'range16'):
            plan.follow(folder, config, gradients=os.path.basename(folder) not in KINKED)
        plan.equal_reference(folder, 'moving')
        if os.path.basename(folder) not in NOT_TRAINABLE:
            plan.come_down(folder, 'abs_max')
    for folder in folders(corpus, LARGE):
        plan.follow(folder, 'abs_max16', steps=1, gradients=False)
        plan.follow(folder, 'range16', steps=1, gradients=False)
        plan.equal_reference(folder, 'moving', steps=1)
        if nightly:
            plan.come_down(folder, 'abs_max')
    for folder in folders(corpus, DROPOUT + (['vgg16'] if nightly else [])):
        plan.come_down(folder, 'abs_max')
    for folder in folders(corpus, CORPUS_CONTROL_FLOW):
        plan.control_flow(folder, compiled=True)
    for folder in folders(os.path.join(programs, '1.8.5')):
        name = os.path.basename(folder)
        plan.control_flow(folder, compiled=name not in NOT_COMPILED)
        if name not in NOT_SAVED:
            plan.save_inference(folder, 'wmoving')
            plan.test_form(folder, 'abs_max16')
            if name not in NOT_FROZEN:
                plan.freeze(folder, 'moving')
    return plan.checks


def plan26(rewriter, corpus, programs, nightly):
    """2.6.2 runs programs of its own, and those of 1.8.5."""
    plan = Plan(rewriter)
    for folder in folders(os.path.join(programs, '2.6.2')):
        plan.control_flow(folder, compiled=False)
    plan.more = dict(upgrade=True)
    for folder in folders(corpus, CORPUS_PLAIN):
        for config in ('abs_max16', 'range16'):
            plan.follow(folder, config, gradients=os.path.basename(folder) not in KINKED)
    for folder in folders(corpus, LARGE):
        plan.follow(folder, 'abs_max16', steps=1, gradients=False)
    for folder in folders(corpus, CORPUS_CONTROL_FLOW) + folders(os.path.join(programs, '1.8.5')):
        if os.path.basename(folder) in NOT_IN_26:
            continue
        plan.follow(folder, 'abs_max16')
        plan.follow(folder, 'wrange16')
        plan.come_down(folder, 'moving')
    return plan.checks

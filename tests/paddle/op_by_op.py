"""Runs a program of a model for inference op by op, in the Paddle that this Python has: what loops and branches do is done here. So each value of each variable can be looked at, those inside of bodies too, without a change of the
program."""
import numpy as np

from models import OLD, Loaded

if OLD:
    from paddle.fluid import core
else:
    from paddle.base import core

PLACE = core.CPUPlace()
# Slots that a product reads; weights are among them.
PRODUCTS = {'conv2d': ('Input',), 'depthwise_conv2d': ('Input',), 'conv2d_transpose': ('Input',), 'depthwise_conv2d_transpose': ('Input',), 'mul': ('X', 'Y'), 'matmul': ('X', 'Y'),
            'matmul_v2': ('X', 'Y')}


class OpByOp:
    """`reads`: by name, what products read of variables that aren't persistable, each value once; `writes`: by name, what ops wrote; in the order in which it happened."""

    def __init__(self, program, scope):
        """`scope` holds the parameters."""
        self.desc, self.scope = program.desc, scope
        self.reads, self.writes, self.outputs = {}, {}, []
        self.versions, self.noted = {}, {}  # by name: how often it was written, and when a product read it last

    def run(self, feed):
        """The outputs."""
        self.outputs = []
        self.run_block(0, self.scope.new_scope(), feed)
        return self.outputs

    def run_block(self, number, scope, feed=None):
        block = self.desc.block(number)
        for var in block.all_vars():
            if not var.persistable():
                self.make(scope, var)
        for name in feed or {}:
            if block.find_var(name.encode()) is not None:
                scope.find_var(name).get_tensor().set(feed[name], PLACE)
                self.versions[name] = self.versions.get(name, 0) + 1
        for i in range(block.op_size()):
            op = block.op(i)
            for slot in PRODUCTS.get(op.type(), ()):
                new = [name for name in op.input(slot) if self.noted.get(name) != self.versions.get(name, 0)]
                self.noted.update({name: self.versions.get(name, 0) for name in new})
                self.note(self.reads, number, scope, new)
            self.run_op(op, scope)
            written = op.output_arg_names() if self.body(op) is None else self.written_in(self.body(op))
            for name in written:  # by a body, too: whether it has run or not, what is read behind it counts anew
                self.versions[name] = self.versions.get(name, 0) + 1
            if self.body(op) is not None:
                continue  # its ops have been noted
            self.note(self.writes, number, scope, op.output_arg_names())

    @staticmethod
    def make(scope, var):
        made = scope.var(var.name())
        if var.type() == core.VarDesc.VarType.LOD_TENSOR:
            made.get_tensor()
        elif var.type() == core.VarDesc.VarType.LOD_TENSOR_ARRAY:
            made.get_lod_tensor_array()

    def note(self, notes, block, scope, names):
        for name in names:
            desc, seen_from = None, block
            while desc is None and seen_from >= 0:
                desc, seen_from = self.desc.block(seen_from).find_var(name.encode()), self.desc.block(seen_from).parent
            if desc is None or desc.persistable() or desc.type() != core.VarDesc.VarType.LOD_TENSOR:
                continue
            tensor = scope.find_var(name).get_tensor()
            if tensor._is_initialized():
                notes.setdefault(name, []).append(np.array(tensor))

    @staticmethod
    def holds(scope, name):
        return bool(np.array(scope.find_var(name).get_tensor()).ravel()[0])

    def run_op(self, op, scope):
        if op.type() == 'feed':
            return
        if op.type() == 'fetch':
            self.outputs.append(np.array(scope.find_var(op.input('X')[0]).get_tensor()))
        elif op.type() == 'while':
            while self.holds(scope, op.input('Condition')[0]):
                self.run_block(self.body(op), scope.new_scope())
        elif op.type() in ('conditional_block', 'conditional_block_infer'):
            if op.attr('is_scalar_condition'):
                runs = self.holds(scope, op.input('Cond')[0])
            else:
                runs = all(np.array(scope.find_var(name).get_tensor()).size for name in op.input('Input'))
            if runs:
                self.run_block(self.body(op), scope.new_scope())
        elif op.type() == 'recurrent':
            self.run_steps(op, scope)
        else:
            core.Operator.create(op.serialize_to_string()).run(scope, PLACE)

    @staticmethod
    def body(op):
        return op._block_attr_id('sub_block') if op.has_attr('sub_block') else None

    def run_steps(self, op, scope):
        """The op recurrent: inputs by their slices, states from step to step, outputs stacked."""
        value = lambda where, name: np.array(where.find_var(name).get_tensor())
        sequences = {name: value(scope, name) for name in op.input('inputs')}
        states = [value(scope, name) for name in op.input('initial_states')]
        stacked = {name: [] for name in op.output('outputs')}
        for step in range(len(next(iter(sequences.values())))):
            inner = scope.new_scope()
            given = {name: sequence[step] for name, sequence in sequences.items()}
            given.update(zip(op.attr('ex_states'), states))
            self.run_block(self.body(op), inner, given)
            states = [value(inner, name) for name in op.attr('states')]
            for name in stacked:
                stacked[name].append(value(inner, name))
        for name, steps in stacked.items():
            scope.find_var(name).get_tensor().set(np.stack(steps), PLACE)
            self.versions[name] = self.versions.get(name, 0) + 1

    def written_in(self, number):
        """The variables that a body writes, and the bodies in it."""
        names, block = [], self.desc.block(number)
        for i in range(block.op_size()):
            op = block.op(i)
            names += op.output_arg_names() if self.body(op) is None else self.written_in(self.body(op))
        return names

    def values(self, name):
        """What of a variable counts for its scale: what products read, or, where none does, what it was at all."""
        return (self.reads if name in self.operands() else self.writes).get(name, [])

    def operands(self):
        """The variables that products of the program read."""
        blocks = [self.desc.block(i) for i in range(self.desc.num_blocks())]
        ops = [block.op(i) for block in blocks for i in range(block.op_size())]
        return {name for op in ops for slot in PRODUCTS.get(op.type(), ()) for name in op.input(slot)}


def values_of_batches(prefix, batches):
    """Of each batch: the outputs, and by name the values that count."""
    model, answers = Loaded(prefix), []
    for feed in batches:
        made = OpByOp(model.program, model.scope)
        answers.append((made.run(feed), {name: made.values(name) for name in set(made.reads) | set(made.writes)}))
    return answers

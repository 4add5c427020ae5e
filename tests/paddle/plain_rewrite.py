"""A slow but plainly right rewrite of a training program of Paddle 2.x: every op that is quantized, forward or backward, gets a pair of its own
right in front of it, for the value that each of its operands has then. Nothing is shared, so nothing can be out of date: blocks, loops, overwritten
variables and recompute need no care. What pdquant transpile writes has to compute the same."""
from paddle.base.proto import framework_pb2

OPERANDS = {'conv2d': ('Input', 'Filter'), 'depthwise_conv2d': ('Input', 'Filter'), 'conv2d_transpose': ('Input', 'Filter'),
            'depthwise_conv2d_transpose': ('Input', 'Filter'), 'mul': ('X', 'Y'), 'matmul': ('X', 'Y'), 'matmul_v2': ('X', 'Y')}
PASS_A_WEIGHT_ON = ('cast', 'unsqueeze2', 'reshape2', 'transpose2', 'squeeze2')
FLOAT = framework_pb2.VarType.FP32
TENSOR = framework_pb2.VarType.LOD_TENSOR


def forward_type(op_type):
    """conv2d for conv2d_grad_grad; None for what is never quantized."""
    name = op_type.replace('_triple_grad', '')
    while name.endswith('_grad'):
        name = name[:-len('_grad')]
    return name if name in OPERANDS else None


def attribute(op, name, default):
    for attr in op.attrs:
        if attr.name == name:
            return next((value for field, value in attr.ListFields() if field.name not in ('name', 'type')), default)
    return default


def declaration(desc, block, name):
    """The variable as a block sees it; the forward block of a gradient block counts, too."""
    seen, todo = set(), [block]
    while todo:
        number = todo.pop(0)
        if number < 0 or number in seen:
            continue
        seen.add(number)
        for var in desc.blocks[number].vars:
            if var.name == name:
                return var
        todo += [desc.blocks[number].forward_block_idx, desc.blocks[number].parent_idx]
    return None


def channel_axis(op, slot, rank):
    """The axis of a weight along which its op's output channels lie; -1 for one scale, where there is none of 0 and 1."""
    kind = forward_type(op.type)
    if 'conv2d' in kind:
        return 1 if kind == 'conv2d_transpose' else 0
    if rank != 2:
        return -1
    if kind == 'mul':
        return 1 if slot == 'Y' else 0
    turned = attribute(op, ('trans_' if kind == 'matmul_v2' else 'transpose_') + (slot.lower() if kind == 'matmul_v2' else slot), False)
    return int(turned) if slot == 'X' else int(not turned)


def weights_of(desc):
    """What is stored, and what casts and changes of shape make of it."""
    ops = [op for block in desc.blocks for op in block.ops if op.type in PASS_A_WEIGHT_ON]
    weights = {var.name for block in desc.blocks for var in block.vars if var.persistable and var.type.type == TENSOR}
    for op in ops:
        if any(slot.parameter == 'X' and slot.arguments and slot.arguments[0] in weights for slot in op.inputs):
            weights.update(name for slot in op.outputs if slot.parameter == 'Out' for name in slot.arguments)
    return weights


def set_attribute(op, name, value):
    attr = op.attrs.add()
    attr.name = name
    if isinstance(value, float):
        attr.type, attr.f = framework_pb2.FLOAT, value
    elif isinstance(value, int):
        attr.type, attr.i = framework_pb2.INT, value
    else:
        attr.type = framework_pb2.INTS
        attr.ints.extend(value)


def make_op(kind, inputs, outputs, **attributes):
    op = framework_pb2.OpDesc()
    op.type = kind
    for slots, arguments in ((op.inputs, inputs), (op.outputs, outputs)):
        for name, argument in arguments.items():
            slot = slots.add()
            slot.parameter = name
            slot.arguments.append(argument)
    for name, value in attributes.items():
        set_attribute(op, name, value)
    return op


class PlainRewrite:
    def __init__(self, main, weight_bits, activation_bits, per_channel, products):
        self.before, self.after = framework_pb2.ProgramDesc.FromString(main), framework_pb2.ProgramDesc.FromString(main)
        self.weights = weights_of(self.before)
        self.bits = {True: weight_bits, False: activation_bits}
        self.per_channel, self.products, self.count = per_channel, products, 0

    def run(self):
        for block in self.after.blocks:
            ops = []
            for op in self.before.blocks[block.idx].ops:
                new = framework_pb2.OpDesc.FromString(op.SerializeToString())
                for slot in self.operands(op):
                    ops += self.pair(block, op, slot, new)
                ops.append(new)
            del block.ops[:]
            block.ops.extend(ops)
        return self.after.SerializeToString()

    def operands(self, op):
        kind = forward_type(op.type)
        given = {slot.parameter: slot.arguments[0] for slot in op.inputs if slot.arguments}
        names = [slot for slot in OPERANDS.get(kind, ()) if slot in given]
        return names if self.products or any(given[slot] in self.weights for slot in names) else []

    def pair(self, block, op, slot, new):
        """The two ops in front of `new`, which reads the result."""
        target = next(s for s in new.inputs if s.parameter == slot)
        name = target.arguments[0]
        var = declaration(self.before, block.idx, name)
        if var is None or var.type.type != TENSOR or var.type.lod_tensor.tensor.data_type != FLOAT:
            return []
        dims, is_weight = list(var.type.lod_tensor.tensor.dims), name in self.weights
        axis = channel_axis(op, slot, len(dims)) if is_weight and self.per_channel else -1
        integers, rounded, scale = (self.declare(block, part, shape) for part, shape in
                                    (('integers', dims), ('rounded', dims), ('scale', [dims[axis] if axis >= 0 else 1])))
        self.count += 1
        bits, role = self.bits[is_weight], attribute(op, 'op_role', 0)
        target.arguments[0] = rounded
        if axis < 0:
            return [make_op('fake_quantize_abs_max', {'X': name}, {'Out': integers, 'OutScale': scale}, bit_length=bits, op_role=role),
                    make_op('fake_dequantize_max_abs', {'X': integers, 'Scale': scale}, {'Out': rounded}, max_range=float(2 ** (bits - 1) - 1), op_role=role)]
        return [make_op('fake_channel_wise_quantize_abs_max', {'X': name}, {'Out': integers, 'OutScale': scale}, bit_length=bits, quant_axis=axis, op_role=role),
                make_op('fake_channel_wise_dequantize_max_abs', {'X': integers, 'Scales': scale}, {'Out': rounded}, quant_bits=[bits], quant_axis=axis,
                        op_role=role)]

    def declare(self, block, part, dims):
        var = block.vars.add()
        var.name = 'plain.%d.%s' % (self.count, part)
        var.type.type = TENSOR
        var.type.lod_tensor.tensor.data_type = FLOAT
        var.type.lod_tensor.tensor.dims.extend(dims)
        return var.name


def plain_rewrite(main, weight_bits, activation_bits, per_channel=False, products=False):
    """The main program's bytes with abs_max scales for everything."""
    return PlainRewrite(main, weight_bits, activation_bits, per_channel, products).run()

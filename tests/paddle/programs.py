"""Programs as messages: what the checks read in them and change in them."""
try:
    from paddle.fluid.proto import framework_pb2
except ImportError:  # Paddle 2.5 and newer
    from paddle.base.proto import framework_pb2

QUANTIZED_SLOTS = {'conv2d': ('Input', 'Filter'), 'depthwise_conv2d': ('Input', 'Filter'), 'mul': ('X', 'Y')}


def parse(data):
    desc = framework_pb2.ProgramDesc()
    desc.ParseFromString(data)
    return desc


def upgrade(desc):
    """What 2.6.2 demands of ops that 1.8.5 wrote: batch_norm has one output more, softmax_with_cross_entropy one attribute."""
    for block in desc.blocks:
        for op in block.ops:
            if op.type == 'batch_norm' and not any(o.parameter == 'ReserveSpace' and o.arguments for o in op.outputs):
                name = next(o.arguments[0] for o in op.outputs if o.parameter == 'Y') + '@RESERVE_SPACE'
                slot = op.outputs.add()
                slot.parameter = 'ReserveSpace'
                slot.arguments.append(name)
                var = block.vars.add()
                var.name = name
                var.type.type = framework_pb2.VarType.LOD_TENSOR
                var.type.lod_tensor.tensor.data_type = framework_pb2.VarType.FP32
                var.type.lod_tensor.tensor.dims.append(-1)
            if op.type.startswith('softmax_with_cross_entropy') and not any(a.name == 'use_softmax' for a in op.attrs):
                attr = op.attrs.add()
                attr.name = 'use_softmax'
                attr.type = framework_pb2.BOOLEAN
                attr.b = True


def forward_type(op_type):
    while op_type.endswith('_grad'):
        op_type = op_type[:-len('_grad')]
    return op_type


def operands(op):
    """The arguments of the slots that are quantized; none for other ops."""
    slots = QUANTIZED_SLOTS.get(forward_type(op.type), ())
    return [(slot.parameter, name) for slot in op.inputs if slot.parameter in slots for name in slot.arguments]


def visible_blocks(desc, number):
    """A block, the one it is the backward of, and the same for each block around it."""
    blocks = []
    while number >= 0:
        inner = number
        while inner >= 0:
            blocks.append(inner)
            forward = desc.blocks[inner].forward_block_idx
            inner = forward if forward < inner else -1  # Paddle calls the block of a merged optimizer the backward of itself
        number = desc.blocks[number].parent_idx
    return blocks


def is_quantizable(desc, seen, name):
    """Whether the variable of that name is a dense tensor of FP32."""
    for number in seen:
        for var in desc.blocks[number].vars:
            if var.name == name:
                return var.type.type == framework_pb2.VarType.LOD_TENSOR and var.type.lod_tensor.tensor.data_type == framework_pb2.VarType.FP32
    return True


def float_operands(desc):
    """Each FP32 operand of a quantizable op, forward or backward, that isn't the output of a dequantize op which its block sees."""
    dequantized = [{o.arguments[0] for op in block.ops if op.type == 'fake_dequantize_max_abs' for o in op.outputs} for block in desc.blocks]
    found = []
    for number, block in enumerate(desc.blocks):
        seen = visible_blocks(desc, number)
        for position, op in enumerate(block.ops):
            for slot, name in operands(op):
                if not any(name in dequantized[b] for b in seen) and is_quantizable(desc, seen, name):
                    found.append('block %d op %d %s %s %s' % (number, position, op.type, slot, name))
    return found

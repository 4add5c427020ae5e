"""What pir_engines.py knows that an engine doesn't take: networks of the corpus, and a piece of what the engine
says. Where Paddle itself exported the same network to a ProgramDesc (3.0.0 made twins), each engine says or computes
the same of that, so it is no fault of the import. Of `ppyoloe`, `ptq_*` and the networks that are exported afresh
there is no such twin: what they compute in Paddle Inference is what 3.3.1 computes (import_pir.py), and more isn't
known. What `opt` of Paddle-Lite can't have, import refuses itself ("import-lite")."""
NOT_IMPORTED = {'array_read': 'slice_array_dense', 'nonfinite': "under the key 'VD'"}
WRONG = 'of the range off'  # the engine takes it and computes other numbers, in silence
SHAPE = 'in the place of'  # or makes another shape

KNOWN = {
    'onnx': {
        **NOT_IMPORTED,
        'activations': 'celu', 'binary': 'elementwise_fmax', 'convs': SHAPE, 'deform_conv': 'opset version', 'embed_onehot': 'cumprod',
        'fills': 'Only supports int32/int64/fp32/fp64',
        'lstm': WRONG, 'matmuls': 'addmm', 'misc': 'crop_tensor', 'nested_loops': 'Duplicate definition', 'nms_ops': 'matrix_nms', 'pads': "Invalid 'mode'",
        'ppyoloe': WRONG, 'ptq_bits4': WRONG, 'ptq_channel': WRONG, 'ptq_tensor': WRONG, 'rare_ops': 'acosh', 'reductions': 'reduce_amax', 'sampling': 'affine_grid',
        'scatters': 'index_put', 'shapes': 'invalid expand shape', 'sizes': 'must have same rank', 'simple_rnn': 'is undefined', 'small_ops': 'mode',
        'tensor_array': 'tensor_array_to_tensor',
        'unary': 'expm1', 'unmasked': 'deformable_conv_v1', 'whole_reductions': 'reduce_amax',
    },
    'openvino': {
        **NOT_IMPORTED,
        'activations': 'mish', 'binary': 'elementwise_fmax', 'cond_if': 'without names', 'convs': 'conv3d', 'embed_onehot': 'cumprod', 'lstm': WRONG, 'matmuls': 'einsum',
        'misc': 'crop_tensor', 'nested_loops': 'without names', 'nms_ops': 'nms', 'norms': 'instance_norm', 'pads': 'pad', 'pools': SHAPE, 'ptq_bits4': 'dims of scale',
        'ptq_channel': 'dims of scale', 'ptq_tensor': 'dims of scale', 'rare_ops': 'maxout', 'reductions': 'logsumexp', 'sampling': 'affine_grid',
        'scatters': 'put_along_axis', 'shapes': 'unstack', 'simple_rnn': 'RNN_TANH', 'sizes': 'pad3d', 'small_ops': 'mode', 'tensor_array': SHAPE,
        'transformer_mt_beam': 'bitwise_and', 'unary': 'tan', 'while_loop': WRONG, 'whole_reductions': 'reduce_amin',
    },
    'lite': {
        **NOT_IMPORTED,
        'activations': 'brelu', 'convs': 'conv3d', 'embed_onehot': 'cumprod', 'fills': 'eye', 'misc': 'fold', 'nms_ops': 'nms', 'norms': 'pool3d', 'pads': 'pad',
        'pools': 'pool3d', 'ppyoloe': 'silu', 'sizes': 'import-lite', 'sampling': 'channel_shuffle', 'scatters': 'index_put', 'shapes': 'expand_as_v2', 'small_ops': 'mode',
        'transformer_mt_beam': 'bitwise_and', 'unmasked': 'deformable_conv_v1',
        'binary': 'import-lite', 'matmuls': 'import-lite', 'ptq_bits4': 'import-lite', 'ptq_channel': 'import-lite', 'ptq_tensor': 'import-lite',
        'rare_ops': 'import-lite', 'reductions': 'import-lite', 'unary': 'import-lite', 'whole_reductions': 'import-lite',
    },
}

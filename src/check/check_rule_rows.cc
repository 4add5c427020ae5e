#include "check/rule_rows.h"

namespace pdquant {
namespace {

using enum Level;
using enum RuleGroup;

constexpr Rule kCheckRules[] = {
    {"missing-field", kError, kProgram, "a required field of the program is missing",
     "Paddle's schema demands some fields, such as the name of a variable and the type of an op; Paddle refuses "
     "or crashes on a program without them. The file was damaged, or made by something other than Paddle: export "
     "it again.",
     "byte 264, blocks[0].ops[2]: the required field 'type' of OpDesc is missing"},
    {"attribute-value", kError, kProgram, "an attribute has no value of the type that it says it has",
     "An attribute says its type, and holds its value in the field of that type. Where that field is missing, "
     "Paddle reads a default that nobody chose. Lists may be empty.",
     "byte 294, blocks[0].ops[2].attrs[0]: an attribute of type INT has no value"},
    {"block-index", kError, kProgram, "a block's idx is not its position",
     "Blocks are found by their position, and say it in idx. They differ where a file is damaged or where two "
     "programs were written one after the other; Paddle 1.8.5 loads both without a word and runs a mixture.",
     "block 1: idx is 0 instead of 1"},
    {"block-parent", kError, kProgram, "parent_idx or forward_block_idx leads to no earlier block",
     "Names are looked up from a block through its parents. A parent that is the block itself, a later one or "
     "none makes that search endless or wrong: Paddle 1.8.5 loads such a program without a word and hangs or "
     "crashes when it runs.",
     "block 1: parent_idx is 1, which is no earlier block"},
    {"sub-block", kError, kProgram, "an attribute names a block that the op can't own",
     "Control ops (while, conditional_block, recurrent, ...) name the block that they run. It has to exist, must "
     "not be the main block or one that the op is in: Paddle 1.8.5 crashes (SIGSEGV) on any other number. A "
     "block has one owner, since a rewrite couldn't tell whose values it has; only an op and its gradient op may "
     "share one.",
     "block 0, op 1 'while', attribute 'sub_block': names block 99, which the program doesn't have"},
    {"empty-name", kError, kProgram, "a variable, an argument or an op's type has an empty name",
     "Nothing can refer to an empty name. An absent argument is written '@EMPTY@'.",
     "block 0, op 2 'relu', input 'X': an argument with an empty name"},
    {"duplicate-variable", kError, kProgram, "a block declares a variable twice",
     "Which of the two declarations counts depends on who reads the program; Paddle 1.8.5 takes the last one "
     "without a word. The same name in an inner block is another variable, and legal.",
     "block 0, variable 'x': the block declares the variable twice"},
    {"undeclared-variable", kError, kProgram, "an op names a variable that no visible block declares",
     "An op sees the variables of its block, of the blocks around it, and of the block whose backward it is. "
     "What is declared nowhere has no type; such programs were cut or edited. Gradients that Paddle links at run "
     "time are exempt.",
     "block 0, op 1 'relu', input 'X', variable 'gone': no visible block declares the variable"},
    {"unwritten-variable", kError, kProgram, "an op reads a variable that has no value when it runs",
     "In a program with feed ops, a variable of a tensor has a value where it is stored (persistable), where a "
     "feed op or another op that ran before wrote it. Paddle stops at any other one: 'Expected "
     "t->IsInitialized() == true'. An op was removed, or put behind its readers.",
     "block 0, op 1 'mul', input 'X', variable 'h': the variable has no value here: it is not stored, and no op "
     "before feeds or writes it"},
    {"unwritten-result", kWarning, kProgram, "an op reads what no op before it wrote, and only an op can have written",
     "The same in a program without feed ops: there any variable may be fed by its name, but nobody feeds one "
     "whose name is that of an op's result, of a gradient, or of what quantization makes.",
     "block 0, op 0 'fake_dequantize_max_abs', input 'Scale', variable 'x.scale': no op before writes the "
     "variable, and its name is that of an op's result"},
    {"tensor-shape", kError, kProgram, "a persistable tensor has an impossible shape",
     "The shape of a stored tensor says how many bytes belong to it: no more than 9 dimensions and 2^40 "
     "elements, and no negative dimension but -1. Shapes of other variables are hints, and not looked at.",
     "block 0, variable 'p': the shape of a persistable tensor has a dimension of -7"},
    {"newer-version", kWarning, kProgram, "the program is of a newer Paddle than any known here",
     "What is not known is left as it is, byte for byte; but rules that the newer Paddle changed are not known "
     "either.",
     "the program is of version 9009009, newer than Paddle 2.6.2, the newest known here"},
    {"no-version", kNote, kProgram, "the program doesn't say which Paddle wrote it",
     "The version is the last field that Paddle writes: a file that was cut off behind a block lacks it. So do "
     "programs that Paddle 1.8 cloned for test behind a backward, and those of Paddle before 1.0: they are fine.",
     "the program doesn't say which Paddle wrote it"},
    {"bit-length", kError, kQuantization, "a quantize op has a bit length outside 2 to 16",
     "Integers have 2^(bits-1)-1 steps on each side: with 1 bit there are none, and above 16 no runtime stores "
     "them.",
     "block 0, op 0 'fake_quantize_abs_max', attribute 'bit_length': a bit length of 17"},
    {"quant-pair", kError, kQuantization, "quantize and dequantize ops don't belong together",
     "What a quantize op makes are integers; a dequantize op has to scale them, or their product, back with the "
     "same scale and as many bits. Where a partner is missing or different, the results are wrong by a constant "
     "factor, and nothing says so at run time.",
     "block 0, op 2 'fake_dequantize_max_abs', input 'Scale': is not the scale with which the value was "
     "quantized, 'x.scale'"},
    {"quant-twice", kError, kQuantization, "a value is quantized that was quantized already",
     "The second rounding adds an error and hides the first. It comes from transpiling a program twice.",
     "block 0, op 4 'fake_quantize_abs_max', input 'X', variable 'x.quantized.dequantized': quantizes what block "
     "0, op 0 'fake_quantize_abs_max' quantized already"},
    {"quant-scale", kError, kQuantization, "a scale has an impossible shape, or max_range an impossible value",
     "The scale of a whole tensor is one value; channel-wise ops have one for each channel of the weight; "
     "max_range divides, so it has to be finite and above 0.",
     "block 0, op 2 'fake_dequantize_max_abs', attribute 'max_range': has to be a finite number above 0"},
    {"quant-backward", kError, kQuantization, "a backward op reads another form than its forward op",
     "Training with simulated quantization needs the gradient at the rounded values: a backward op reads the "
     "quantized form where its forward op does, and the float one where it doesn't. Otherwise training goes "
     "wrong in silence.",
     "block 0, op 5 'mul_grad', input 'X', variable 'x': block 0, op 4 'mul' reads the quantized form of another "
     "value, or of this one"},
    {"quant-training", kError, kQuantization, "a frozen program still holds what only training needs",
     "A frozen program computes with integers: a backward has no meaning there, and an op that still trains its "
     "scale would change it at every run. Freeze the test form of the program.",
     "block 0, op 4 'sgd': the program is frozen (block 0, op 1 'mul' computes with integers), and the op "
     "belongs to training"},
    {"parameter-file", kError, kParameters, "a parameter file is cut off, too long or damaged",
     "A combined file holds one record for each persistable variable, in the byte order of their names, and "
     "nothing else; a separate file holds one record. Paddle 1.8.5 loads a file that is a byte short, or too "
     "long, without a word.",
     "variable 'w': needs 24 bytes at 0x3e, 23 are left"},
    {"parameter-missing", kError, kParameters, "a parameter of the program has no file",
     "Separate parameters lie in one folder, each under the name of its variable. Say with --params where they "
     "are.",
     "variable 'w': has no file in the folder"},
    {"parameter-type", kError, kParameters, "a stored tensor has another type or shape than the program says",
     "The program declares type and shape of each parameter (only -1 fits any size). A combined file has no "
     "names, so a wrong order or a file of another model shows here first. Two tensors of one shape that were "
     "swapped can't be told from the file.",
     "variable 'b': the parameter file has FP32 [0] at 0x0, the program says FP32 [3]"},
    {"stored-type", kNote, kParameters, "a tensor has another type or shape than declared, as Paddle stores it",
     "Paddle's passes store the integers of weights as INT8 or INT16 while the program says FP32, and scales "
     "with as many values in another shape. The tensor counts.",
     "variable 'w': the tensor is INT8 [2, 2], declared as FP32 [2, 2]: Paddle stores it so, and the tensor "
     "counts"},
    {"parameter-kind", kError, kParameters, "a persistable variable is no dense tensor",
     "Only dense tensors (LOD_TENSOR) have records whose end can be found.",
     "block 0, variable 'table': is persistable and a SELECTED_ROWS: only dense tensors are read from parameter "
     "files"},
    {"parameter-name", kError, kParameters, "a parameter's name can't be a file's name",
     "Separate files are named as the variables. Names that lead out of the folder, symbolic links in it, and "
     "names that are too long are refused: a model from elsewhere must not reach other files.",
     "variable '../x': its name can't be a file's name: it leads out of the folder, or has an empty part"},
    {"parameter-case", kWarning, kParameters, "two parameters differ in nothing but upper and lower case",
     "On a file system that doesn't tell them apart (macOS, Windows) one file would replace the other.",
     "variable 'w': differs from 'W' in case alone: on a file system that doesn't tell case they are one file"},
    {"hard-link", kWarning, kParameters, "a parameter file has more than one name",
     "Model stores save space by hard links. The file is read; it is never written through, because a new file "
     "replaces the name.",
     "variable 'w': its file has more than one name (hard link); it is read, and never written through"},
    {"scale-value", kError, kParameters, "a stored scale is negative, infinite or no number",
     "A scale is the largest absolute value that a tensor takes: a finite number that isn't negative. Anything "
     "else makes all results infinite, or no numbers. Train the model again.",
     "block 0, op 0 'fake_quantize_moving_average_abs_max', input 'InScale', variable 's': value 0 is nan"},
    {"untrained-scale", kError, kParameters, "a stored scale was never trained",
     "Scales start at 0.001. One that still has this value in an inference program saturates everything that "
     "passes. Train the simulated program for some steps, in its training form, and save it with its parameters.",
     "block 0, op 0 'fake_quantize_moving_average_abs_max', input 'InScale', variable 's': still has the value "
     "that it starts with, 0.001: it was never trained"},
    {"scale-shape", kError, kParameters, "a stored scale hasn't one value for each channel",
     "A channel-wise op scales each channel of a weight by its own value: there have to be as many values as "
     "channels.",
     "block 0, op 0 'fake_quantize_moving_average_abs_max', input 'InScale', variable 's': 2 values for the "
     "whole tensor"},
    {"weight-integer", kError, kParameters, "a frozen weight holds values that are no integers",
     "A frozen program reads weights that were rounded to integers. Other values are those of another model, "
     "such as the float one, whose parameters have the same names and shapes.",
     "block 0, op 1 'mul', input 'Y', variable 'w': value 2 is 0.25, no integer, and the op computes with "
     "integers"},
    {"nonfinite-weight", kWarning, kParameters, "a parameter holds infinities or values that are no numbers",
     "One such value in a weight makes every result that it touches useless. Masks may hold infinities on "
     "purpose.",
     "variable 'b': value 1 is nan"},
    {"target-dynamic-scale", kError, kTarget, "a quantize op finds its scale anew at every run",
     "Runtimes with integer kernels need the scale before they run. oneDNN (quant_dequant_onednn_pass.cc) "
     "computes wrong results in silence, Paddle-Lite (quant_dequant_op_fuser.cc) and TensorRT "
     "(quant_conv2d_dequant_fuse_pass.cc) don't take the op. Transpile with --activation-quantize-type "
     "moving_average_abs_max or range_abs_max, and train.",
     "block 0, op 0 'fake_quantize_abs_max': the scale is found anew at every run: oneDNN computes wrong results "
     "in silence (quant_dequant_onednn_pass.cc)"},
    {"target-scale-stored", kError, kTarget, "the scale of a quantize op is not stored with the model",
     "The runtime reads the scale from the parameters when it loads the model, before any op runs.",
     "block 0, op 0 'quantize_linear', input 'Scale', variable 's': ONNX reads the scale from the parameters, "
     "and the variable isn't persistable (Paddle2ONNX's quantize_linear.cc)"},
    {"target-bits", kError, kTarget, "the bit length is one that the runtime doesn't have",
     "oneDNN, TensorRT and ONNX have 8 bits only (Paddle2ONNX writes a step of scale/127 whatever the bit length "
     "is); Paddle-Lite has 8 or 16.",
     "block 0, op 0 'fake_quantize_moving_average_abs_max', attribute 'bit_length': oneDNN takes 8 bits, not 4 "
     "(quant_dequant_onednn_pass.cc)"},
    {"target-unequal-bits", kError, kTarget, "weights and activations have different bit lengths",
     "Paddle-Lite and TensorRT take one bit length from the activation's quantize op for both operands, so the "
     "weight is scaled wrong where it has another. Transpile with the same --weight-bits and --activation-bits.",
     "block 0, op 4 'mul': Paddle-Lite takes one bit length for both operands; they have 16 and 8 "
     "(quant_dequant_op_fuser.cc)"},
    {"target-per-tensor-conv", kError, kTarget, "a convolution is scaled back by one scale for the whole tensor",
     "TensorRT's quant_conv2d_dequant_fuse_pass.cc demands fake_channel_wise_dequantize_max_abs with two scales "
     "behind a convolution, and stops on anything else.",
     "block 0, op 2 'fake_dequantize_max_abs': TensorRT needs fake_channel_wise_dequantize_max_abs with two "
     "scales behind block 0, op 1 'conv2d' (quant_conv2d_dequant_fuse_pass.cc)"},
    {"target-legacy-op", kError, kTarget, "the op is of a form that the runtime's converter doesn't know",
     "Paddle2ONNX aborts on the fake_* ops: it takes quantize_linear and dequantize_linear with stored scales "
     "(quantize_linear.cc). Export the model in its ONNX form.",
     "block 0, op 0 'fake_quantize_moving_average_abs_max': ONNX takes quantize_linear and dequantize_linear "
     "only (Paddle2ONNX's quantize_linear.cc)"},
    {"target-op", kError, kTarget, "the runtime has no integer form of an op that reads integers",
     "Its passes know a few ops behind a quantize op; before any other the integers stay unscaled, or the pass "
     "stops.",
     "block 0, op 1 'relu': oneDNN doesn't compute it with integers (quant_dequant_onednn_pass.cc)"},
    {"target-training-op", kError, kTarget, "the program holds ops that only training needs",
     "Inference runtimes have no backward and no optimizer ops, and refuse the model where one is left. Save the "
     "model for inference (save_inference_model), or transpile the test form (--for-test) and freeze it.",
     "block 0, op 2 'sgd': the op belongs to training, which oneDNN doesn't run (quant_dequant_onednn_pass.cc)"},
    {"target-trains-scale", kError, kTarget, "a quantize op still trains its scale",
     "With is_test false the op changes its scale at every run, and reads sums that an inference model doesn't "
     "store. Freeze the test form of the program.",
     "block 0, op 0 'fake_quantize_moving_average_abs_max', attribute 'is_test': the op trains its scale at "
     "every run; oneDNN needs is_test to be true (quant_dequant_onednn_pass.cc)"},
    {"target-weight-type", kError, kTarget, "weights are stored in a type that the runtime doesn't take in this form",
     "Plain Paddle, oneDNN and Paddle-Lite want the integers of a legacy frozen model as float32 (Lite makes "
     "them int8 itself); the int8 form is for storage. The ONNX form wants int8. Use the output of freeze "
     "instead of int8. Weights that are stored for ops on floats (weight-only) are Paddle-Lite's alone.",
     "block 0, op 1 'mul', input 'Y', variable 'w': Paddle Inference takes the integers as FP32, the weight is "
     "INT8 (fake_quantize_op.h)"},
    {"target-unpaired-linear", kError, kTarget,
     "quantize_linear and dequantize_linear don't share their scale variable",
     "Paddle-Lite matches the two by the name of their scale (quant_dequant_op_fuser.cc), and TensorRT and "
     "Paddle2ONNX want it stored.",
     "block 0, op 1 'dequantize_linear', input 'Scale', variable 's2': Paddle-Lite needs the scale variable of "
     "block 0, op 0 'quantize_linear' (quant_dequant_op_fuser.cc)"},
    {"target-weight-axis", kError, kTarget, "a weight has its scales along an axis that the runtime doesn't take",
     "Paddle2ONNX indexes the scales of a 2-D weight by column (axis 1) only.",
     "block 0, op 2 'dequantize_linear', attribute 'quant_axis', variable 'w': ONNX takes axis 1 of a 2-D "
     "weight, not 0 (Paddle2ONNX's quantize_linear.cc)"},
    {"target-zero-point", kError, kTarget, "a quantize_linear or dequantize_linear has no ZeroPoint",
     "It is always 0, but Paddle Inference and Paddle-Lite want the variable.",
     "block 0, op 0 'quantize_linear': Paddle-Lite 2.12 refuses it: 'No kernels found for dequantize_linear'"},
    {"target-integer-range", kWarning, kTarget, "an op of the linear form has other than 8 bits, and no qmax",
     "Paddle 3 takes the greatest integer from the attribute qmax, which earlier versions neither write nor read, and "
     "127 where it is missing.",
     "block 0, op 0 'quantize_linear': Paddle Inference 3.3.1 computes the op with the integers of 8 bits"},
    {"target-channels-at-run", kError, kTarget, "the scales of channels are found at every run",
     "Paddle's is_test_pass sets is_test of every op that has it, and fake_channel_wise_quantize_abs_max takes the "
     "scales that it writes for given then. A frozen model has the integers of its weights stored, and training runs "
     "no such passes.",
     "block 0, op 0 'fake_channel_wise_quantize_abs_max': Paddle Inference 2.6.2 and 3.3.1 can't run it with graph "
     "passes on"},
    {"target-shared-zero-point", kError, kTarget, "a weight and an activation share a zero point",
     "Paddle-Lite's opt removes it with the one, and finds it missing at the other.",
     "block 0, op 2 'dequantize_linear', variable 'xz': opt of Paddle-Lite 2.12 dies of a zero point that a "
     "weight and an activation share"},
    {"target-scale-shape", kError, kTarget, "a filter has one scale where the runtime needs one for each channel",
     "The same number once for each channel computes the same.",
     "block 0, op 3 'conv2d', variable 'w': opt of Paddle-Lite 2.12 crashes on batch_norm behind a convolution"},
    {"target-relu6", kError, kTarget, "relu6 has no threshold",
     "Paddle 2.6 drops the attribute when it saves, of float models too.",
     "block 0, op 0 'relu6': Paddle-Lite 2.12 refuses relu6 without its attribute threshold"},
    {"target-in-block", kError, kTarget, "a quantized op stands in a loop or a branch",
     "The runtime computes it wrongly there, or can't load it.",
     "block 1, op 0 'mul': oneDNN int8 of Paddle 2.6.2 computes quantized ops in loops and branches wrongly, in "
     "silence"},
    {"target-shared-weight", kError, kTarget, "several ops read one weight",
     "The runtime prepares the weight in its place for each of them.",
     "block 0, op 4 'mul', variable 'w': oneDNN int8 of Paddle 2.6.2 computes products that share a weight "
     "wrongly"},
    {"target-weight-rank", kError, kTarget, "a product has a weight of more than two dimensions",
     "The runtime takes it for a matrix, and computes something else without a word.",
     "block 0, op 3 'matmul_v2', variable 'w': oneDNN int8 of Paddle 2.6.2 computes a product by a weight of "
     "more than two dimensions wrongly"},
    {"target-weight-left", kError, kTarget, "a product has its weight on the left",
     "Runtimes look for weights on the right.",
     "block 0, op 3 'matmul_v2', variable 'w': Paddle2ONNX 1.2.11 writes a product with the weight on its left "
     "wrongly"},
    {"target-unsigned", kError, kTarget, "relu made one activation of a product of two",
     "oneDNN quantizes what relu made without a sign, and has no product of such a value and one with a sign, nor of "
     "two "
     "such. Behind a copy (assign) it has a sign.",
     "block 0, op 5 'matmul_v2', variable 'x': oneDNN int8 of Paddle 2.6.2 refuses a product of two activations of "
     "which one is made by relu"},
    {"target-borrowed-scale", kError, kTarget, "the runtime gives an activation the scale of another value",
     "oneDNN's passes carry scales by the names of variables: through average pooling, slice, split and scale to "
     "values "
     "of another range, from the result of concat to its operands, and from one value to the next that has its name.",
     "block 0, op 2 'conv2d', variable 'x': oneDNN int8 of Paddle 2.6.2 mixes up the scale of what the op reads"},
    {"target-square-matrix", kError, kTarget, "a square matrix has a scale for each channel",
     "oneDNN's passes tell the axis of the scales by how many they are.",
     "block 0, op 3 'mul', variable 'w': oneDNN int8 of Paddle 2.6.2 takes the scales of a square matrix for those of "
     "its rows"},
    {"target-zero-channel", kError, kTarget, "a channel of a matrix is all zeros",
     "Its largest value is 0, and the runtime divides by it where a bias makes the product an fc.",
     "block 0, op 3 'mul', variable 'w': oneDNN int8 of Paddle 2.6.2 computes a product by a matrix with a "
     "channel of zeros, and a bias, wrongly"},
    {"target-integer-weight", kError, kTarget, "the weight of a product in float holds integers only",
     "oneDNN's passes tell a quantized weight by its values: they look for its scale, which it has none of. A weight "
     "of zeros is one, too.",
     "block 0, op 0 'mul', variable 'w': oneDNN int8 of Paddle 2.6.2 refuses a product in float whose weight holds "
     "integers only"},
    {"target-form", kError, kTarget, "the runtime takes the op in the linear form only",
     "In the legacy form Paddle-Lite's opt doesn't find what belongs together.",
     "block 0, op 1 'depthwise_conv2d_transpose': opt of Paddle-Lite 2.12 dies of depthwise_conv2d_transpose in the "
     "legacy form"},
    {"target-inexact", kWarning, kTarget, "the runtime computes the op, but not exactly",
     "Its results are some percent off what the model says, in any form of the model, and more on some processors.",
     "block 0, op 3 'matmul_v2': oneDNN int8 of Paddle 2.6.2 lets products of matrices overflow on processors without "
     "VNNI"},
    {"target-weight-only", kError, kTarget, "a stored weight that the runtime doesn't scale back",
     "Paddle-Lite knows conv2d, depthwise_conv2d and mul, and leaves the integers of others to float kernels.",
     "block 0, op 0 'matmul_v2': Paddle-Lite 2.12 doesn't scale the weight back, and computes NaN, in silence"},
    {"target-reduce", kError, kTarget, "a reduction doesn't say its types",
     "Paddle2ONNX reads the attributes in_dtype and out_dtype (-1 for none).",
     "block 0, op 0 'reduce_min': Paddle2ONNX 1.2.11 aborts"},
    {"target-conv-padding", kError, kTarget, "a convolution with holes is padded to SAME",
     "ONNX Runtime refuses that together, in float models too.",
     "block 0, op 0 'conv2d': Paddle2ONNX 1.2.11 writes what ONNX Runtime 1.23.2 refuses"},
    {"target-lite-x86", kNote, kTarget, "Paddle-Lite on x86 computes it wrongly, or not at all",
     "What its opt makes for arm is another matter: run the model there.",
     "block 0, op 3 'mul': Paddle-Lite 2.12 on x86 computes no quantized program right, in silence"},
    {"target-float-matmul", kWarning, kTarget, "the op stays in float in the runtime",
     "ONNX Runtime's backend of Paddle2ONNX leaves MatMul in float (ort_quantize_processor.cc): the model is "
     "right, but not faster there.",
     "block 0, op 3 'matmul_v2': stays in float: ONNX Runtime's backend of Paddle2ONNX leaves it so "
     "(ort_quantize_processor.cc)"},
    {"target-not-frozen", kError, kTarget, "the program computes with rounded floats: it isn't frozen",
     "The runtime looks for integers: quantize, op, dequantize. A simulated program runs there in float, or not "
     "at all. Freeze the model first.",
     "block 0, op 4 'mul': reads floats that were rounded; oneDNN takes frozen programs "
     "(quant_dequant_onednn_pass.cc)"},
};

}  // namespace

std::span<const Rule> CheckRules() { return kCheckRules; }

}  // namespace pdquant

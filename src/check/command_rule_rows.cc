#include "check/rule_rows.h"

namespace pdquant {
namespace {

using enum Level;
using enum RuleGroup;

constexpr Rule kCommandRules[] = {
    {"already-quantized", kError, kRewrite, "the program is quantized already",
     "Quantizing again would round twice. Transpile the float program that training started from.",
     "block 0, op 0 'fake_quantize_abs_max': the program is quantized already"},
    {"mixed-up-programs", kError, kRewrite, "the training program and the startup program were mixed up",
     "A startup program only initializes variables, so there is nothing to quantize in it; a program that "
     "computes or trains is none.",
     "the program only initializes variables: it is a startup program, and there is nothing to quantize in it"},
    {"unknown-type", kWarning, kRewrite, "the type of what a quantizable op reads can't be told",
     "Passes of Paddle that declare variables by hand leave BOOL where they mean a float type. The startup "
     "program, the gradient, the original of a recomputed copy and the op that writes the variable tell better; "
     "where none of them says anything, the operand stays float.",
     "block 0, op 0 'mul', input 'Y', variable 'w': left in float: its type can't be told: its declaration says "
     "BOOL or nothing, which it can't be, and nothing else says what it is"},
    {"unobserved-value", kWarning, kRewrite, "a value can't be observed, so it gets no scale",
     "What isn't FP32 has no range. What is only there in a block that an op other than a loop or a branch runs, or "
     "in one that has a backward, can't be handed on to the main block. Ops that read it stay in float, unless a scale "
     "for it comes from elsewhere.",
     "block 1, op 1 'mul', input 'X', variable 'h': isn't observed: it is only there in a block that block 0, op "
     "0 'run_program' runs, from where nothing can be handed on to the main block"},
    {"bad-range", kWarning, kRewrite, "a calibration found no scale, or 0",
     "A value that was NaN or infinite in some batch gets no scale, nor does one of a loop or a branch that no batch "
     "comes to; one that was always 0 gets 0, by which nothing can be divided. Its ops stay in float.",
     "variable 'x': was always 0: nothing can be divided by its scale"},
    {"wasted-range", kWarning, kRewrite, "a value stays away from 0",
     "The integers reach from minus the scale to the scale. Where a value lies in a small part of that, it is "
     "rounded coarsely.",
     "variable 'x': stays between 5 and 5.2, away from 0, which the integers reach around: most of them are "
     "never used"},
    {"unmet-rule", kWarning, kRewrite, "a rule, or an option that is one, is about no op",
     "--op-type, --only, --skip and the rules of a file say what is quantized. One that is about no op that "
     "could be quantized is misspelled, or for another program; the message has the nearest names.",
     "--skip 'v' is about no op that could be quantized; the nearest are 'w', 'x'"},
    {"missing-scale", kError, kRewrite, "no scale is given for an activation",
     "quantize --strict wants a scale for each activation that a selected op reads; without --strict the op "
     "stays in float. Calibrate with inputs that reach it, or keep the op in float with a rule.",
     "block 0, op 0 'mul': no scale is given for its activation 'x'"},
    {"unknown-scale", kWarning, kRewrite, "a scale is given for a variable that the program hasn't",
     "The name is misspelled, or the scales are those of another model; the message has the nearest names.",
     "the program has no variable 'u'; the nearest are 'w', 'x'"},
    {"undeclared-operand", kError, kRewrite, "what a quantizable op reads is declared nowhere",
     "Its type isn't known, so whether it may be quantized isn't either. Declare it in the op's block.",
     "block 2, op 0 'mul', input 'X', variable 'z@GRAD': no block declares the variable, so its type isn't known"},
    {"gradient-without-forward", kError, kRewrite, "a gradient op has no forward op",
     "Which form a backward op has to read follows from its forward op. Transpile the program as append_backward "
     "left it, before other passes.",
     "block 0, op 1 'mul_grad': no forward op has this gradient op's inputs, so whether they are quantized can't "
     "be told"},
    {"unknown-control-op", kWarning, kRewrite, "quantizable ops are in a block that an unknown op runs",
     "Control ops list what their block reads, and those lists have to be kept right; that is known of while, "
     "conditional_block and recurrent. In a block of another op they stay in float.",
     "block 1, op 0 'mul': left in float: it is in a block that block 0, op 0 'pylayer' runs, an op whose blocks "
     "pdquant can't rewrite"},
    {"control-gradient", kError, kRewrite, "the lists of a control op and its gradient differ",
     "Paddle pairs the two by these lists, so a variable has to be added to both at the same place.",
     "block 0, op 1 'while_grad', input 'X': the list differs from that of block 0, op 0 'while', or has not as "
     "many gradients: no variable can be added to both"},
    {"training-program", kError, kRewrite, "a training program can't be frozen",
     "Freezing is for inference: save the trained program for inference first.",
     "block 0, op 3 'sgd': a training program can't be frozen: it has a backward or an optimizer"},
    {"already-frozen", kError, kRewrite, "the program is frozen, or quantized by something else",
     "Freeze takes the simulated program, as transpile writes it.",
     "block 0, op 1 'mul': the op computes on integers: the program is frozen already"},
    {"foreign-quantization", kError, kRewrite, "the program was quantized by something else",
     "Freeze takes simulated programs of pdquant, of Paddle's passes and of PaddleSlim.",
     "block 0, op 0 'quantize': is of the form that Paddle-Lite's mobile models have, or of oneDNN's: freeze "
     "takes what transpile, freeze or int8 wrote; take the model from before it was converted for the runtime"},
    {"linear-form", kError, kRewrite, "the linear form can't say what the simulation does",
     "quantize_linear needs a scale that is stored, and stores 8 bits.",
     "block 0, op 0 'fake_quantize_abs_max': the scale of the activation is found anew at each run; the linear "
     "form needs a static one"},
    {"weight-type", kError, kRewrite, "a weight has a type that the rewrite doesn't take",
     "Freeze quantizes float32 weights; undo takes int8, int16 and float32 ones.",
     "block 0, op 0 'fake_quantize_abs_max', variable 'w': the weight is INT8 [2, 2]; only FP32 is quantized"},
    {"not-simulated", kError, kRewrite, "the program has no quantize ops", "Transpile and train it first.",
     "the program has no quantize ops"},
    {"not-frozen", kError, kRewrite, "the weights of the program aren't frozen",
     "int8 stores integers that freeze made: freeze first.", "no op of the program reads a frozen weight"},
    {"no-weights", kNote, kRewrite, "there is no weight that int8 could store",
     "Products of two activations have no weight, and the linear form stores its weights as INT8 already: the "
     "model stays as it is.",
     "the frozen ops have quantized activations only: no weight is to be stored"},
    {"not-undoable", kError, kRewrite, "a quantize op is of a form that undo doesn't know",
     "Undo takes what transpile, freeze or int8 wrote.",
     "block 0, op 0 'quantize': is of the form that Paddle-Lite's mobile models have, or of oneDNN's: undo takes "
     "what transpile, freeze or int8 wrote; take the model from before it was converted for the runtime"},
    {"not-quantized", kNote, kRewrite, "the program has no quantize ops", "It is plain float already.",
     "the program has no quantize ops: it is plain float already"},
    {"parameters-needed", kError, kRewrite, "the rewrite needs the parameters",
     "The float weights of a frozen program are computed from its integers: name the model, or --params.",
     "the program is frozen: its float weights are computed from its parameters"},
    {"parameter", kError, kRewrite, "a parameter has a value or type that the rewrite can't work with",
     "Weights are float32 and finite; a NaN or an infinity would spread to all results.",
     "variable 'w': 'w' holds NaN at index 2"},
    {"weight-scale", kError, kRewrite, "the integers of a weight are scaled in different ways, or not by a number",
     "The float weight can't be told then. Undo takes what freeze or int8 wrote.",
     "variable 'w': two ops scale the weight's integers in different ways"},
    {"zero-scale", kWarning, kRewrite, "a scale is 0",
     "What it belongs to is all zeros. 1e-8 is written in its place, so that nothing divides by 0.",
     "block 0, op 0 'fake_quantize_moving_average_abs_max', variable 'x.scale': the scale is 0, or next to it: "
     "what it belongs to was always so in training"},
    {"shared-weight", kNote, kRewrite, "a weight is read in float, too",
     "Its integers get a variable of their own, so that the other readers find what they had.",
     "variable 'w': the weight is read in float, too, or quantized in several ways: its integers are in 'w.q'"},
    {"float-weight", kWarning, kRewrite, "a weight stays float32",
     "It is no tensor of integers of up to 16 bits, or another op reads it in float.",
     "variable 'w': block 0, op 3 'elementwise_add' reads it in float: the weight stays float32"},
    {"pir-format", kError, kPir, "a piece of a program of Paddle 3 is not as its format has it",
     "Each op, value, type and attribute has its keys and its kinds of data. One that is missing, unknown or of "
     "another kind means a damaged file, or a format that is not known.",
     "block 0, op 1 'pd_op.cast': an attribute's value has no data ('D')"},
    {"pir-not-finite", kError, kPir, "an attribute is infinite or no number",
     "Paddle 3 writes such a number under a key of its own, and stops at it when it loads the file. Replace the "
     "constant in the network, for instance by the largest float.",
     "block 0, op 1 'pd_op.cast': an attribute holds 'INF' under the key 'VD', which Paddle writes and can't "
     "load ('key D not found')"},
    {"pir-value", kError, kPir,
     "a value's number is wrong, comes twice, or is used where the value isn't "
     "there",
     "Values are numbered through the whole file. An op sees those that were made before it, in its own block "
     "and in those around it.",
     "block 0, op 2 'pd_op.relu': the operand %9 is defined nowhere"},
    {"pir-region", kError, kPir, "blocks inside ops are not as the ops need them",
     "if has two blocks and while one; each ends with a yield, which hands over as many values as the op has "
     "results, and for while the condition before them.",
     "block 0, op 3 'pd_op.if': a block yields 0 values in the place of 1"},
    {"pir-type", kError, kPir, "the type of a value can't be",
     "A dimension is -1 where it isn't known, and never less; lists have as many members as are put into them.",
     "block 0, op 2 'builtin.combine': a list of 1 member is made of 2 operands"},
    {"pir-parameter", kError, kPir, "a parameter or an input has no name of its own",
     "Parameters are told apart by their names, by which the parameter file is sorted, and inputs are fed by "
     "theirs.",
     "block 0, op 1 'pd_op.data': an input with a name that another parameter or input has: 'w'"},
    {"pir-older-reader", kWarning, kPir, "an older Paddle 3 can't load the program",
     "From release to release, attributes of some ops took wider numbers. A newer Paddle reads both forms; an "
     "older one stops at the wide one. Told with --target paddle-pir.",
     "block 0, op 1 'pd_op.leaky_relu', attribute 'negative_slope': it is a double, and a Paddle older than 3.3 "
     "can't load the program; load it with 3.3 or newer"},
    {"pir-dequantize", kError, kPir, "Paddle 3 computes dequantize_linear wrong on a CPU",
     "In a program of PIR, Paddle 3.3.1 runs it as quantize_linear. What 'pdquant import' makes of the program "
     "computes what was trained. Told with --target paddle-pir.",
     "block 0, op 4 'pd_op.dequantize_linear': Paddle 3.3.1 runs it as quantize_linear on a CPU: the results are "
     "wrong, and the predictor doesn't start; 'pdquant import' makes a ProgramDesc that computes what the "
     "program says"},
    {"pir-equal-outputs", kError, kPir, "two outputs are the same computation",
     "The predictor of Paddle 3.3.1 makes equal computations once, and then doesn't find the second output; also "
     "with its passes off. Told with --target paddle-pir.",
     "block 0, op 4 'pd_op.fetch': it has what op 3 of the block has, computed twice: the predictor of Paddle "
     "3.3.1 drops one of the outputs; 'pdquant import' makes a ProgramDesc that has both"},
    {"import-op", kError, kImport, "an op has no known counterpart in a ProgramDesc",
     "Ops of training, of distribution and of users, and those that only Paddle 3 has, can't be imported.",
     "block 0, op 1 'pd_op.relu_grad': is an op of training: export the program for inference"},
    {"import-unverified", kError, kImport, "an op's counterpart is known but was never run",
     "The counterpart of each op was run in Paddle 2.6.2 and 3.3.1 against Paddle 3's own program. Of some it is "
     "only read from the sources.",
     "block 0, op 1 'pd_op.increment': its counterpart 'increment' is known, but no run of Paddle has shown that "
     "both compute the same"},
    {"import-operand", kError, kImport, "an op has operands that its counterpart doesn't take",
     "Some numbers have to be constants, since a ProgramDesc has attributes for them, and lists are no tensors.",
     "block 0, op 1 'pd_op.relu': has 2 operands, and takes at most 1"},
    {"import-attribute", kError, kImport, "an attribute is missing, unknown, or has no counterpart",
     "What an unknown attribute says would be lost, and the op would compute something else.",
     "block 0, op 1 'pd_op.relu': the attribute 'rotate' isn't known: what it says would be lost"},
    {"import-type", kError, kImport, "a value has a type that a ProgramDesc can't have there",
     "Elements of a tensor, of what branches hand over, and of what a loop hands on have to be of the declared "
     "types.",
     "block 0, op 0 'pd_op.full': the type of the result is not the one that the attributes say"},
    {"import-constant", kError, kImport, "a constant can't be written",
     "Its value is none of its type, or Paddle 2.6 and 3 read such values from different attributes.",
     "block 0, op 0 'pd_op.full': its value 300 is none of the type int8"},
    {"import-overwritten", kError, kImport, "an op overwrites a value that is read afterwards",
     "Ops whose names end with _ change their operand. Their counterparts make a new value, so that the old one "
     "must not be read again.",
     "block 0, op 1 'pd_op.scatter_': overwrites its operand 0, which is read afterwards"},
    {"import-training", kError, kImport, "an op is in training mode", "Call network.eval() before the export.",
     "block 0, op 2 'pd_op.dropout': is in training mode: it drops values by chance"},
    {"import-input", kError, kImport, "an input, or the shape that was given for one, can't be",
     "Inputs stand in the main block; --input-shape names one of them, with its number of dimensions and its "
     "known sizes.",
     "--input-shape names 'y', which is no input of the program"},
    {"import-output", kError, kImport, "the outputs can't be told in their order, or by their names",
     "A program has outputs, numbered from 0, each with a name of its own, by which programs ask for it.",
     "the program has no output (fetch)"},
    {"import-parameter", kError, kImport, "a parameter has no values, or can't have its name",
     "A parameter that isn't persistable isn't in the parameter file.",
     "block 0, op 2 'pd_op.add': operand 1 is a parameter that isn't persistable: the parameter file doesn't "
     "have it, and nobody knows its values"},
    {"import-version", kError, kImport, "the file is of a newer version of the format",
     "What a newer version says in another way would be read wrong.",
     "the file is of version 99 of the format; the newest that is known is 4"},
    {"import-lite", kError, kImport, "a tensor has no dimensions, and the target has none of that kind",
     "Paddle-Lite and Paddle up to 2.4 give such a tensor one dimension of 1. Reshape the scalars in the network "
     "to [1].",
     "the tensor 'fetch_name_0' has no dimensions, as tensors of Paddle 2.5 and later may; Paddle-Lite has none "
     "of that kind"},
    {"usage", kError, kRun, "the command line or a configuration file is wrong", "Exit code 2. `--help` says more.",
     "check: there is no option '--targt'"},
    {"bad-input", kError, kRun, "an input can't be loaded, or the command refuses it",
     "Exit code 3. The message says what the file looks like.",
     "'zip.pb': not a program of Paddle (ProgramDesc), but a zip archive"},
    {"input-output", kError, kRun, "reading or writing failed", "Exit code 4. Nothing was left behind.",
     "'main.pb': can't open: No such file or directory"},
    {"internal", kError, kRun, "a fault of pdquant", "Exit code 70. Please report the line.",
     "a pass made an unsound program"},
    {"try-again", kError, kRun, "no memory, or another process is in the way", "Exit code 75: worth another try.",
     "out of memory"},
    {"model-failed", kError, kRun, "a model of a batch failed",
     "`batch -q` says so of each whose own message doesn't name its file; the report has them all.",
     "'models/a.pb': ended by signal 9"},
    {"interrupted", kNote, kRun, "a signal ended a batch",
     "What is done is kept: the same command line goes on from there.",
     "interrupted: 120 of 1000 models are done; the same command goes on from there"},
    {"journal", kWarning, kRun, "the journal of a batch has a damaged end",
     "A run that was killed left half a record; what it says is done again.", "the last record is cut off"},
    {"left-out", kNote, kRun, "more was found than is shown", "20 lines are shown; --all shows them all.",
     "30 more errors; --all shows them"},
};

}  // namespace

std::span<const Rule> CommandRules() { return kCommandRules; }

}  // namespace pdquant

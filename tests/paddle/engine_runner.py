"""Runs models of Paddle in an engine that isn't Paddle. Usage: engine_runner.py JOBS.json: [{"engine", "model", "params", "inputs", "outputs"}, …], in a Python that has the
engine: onnx (Paddle2ONNX, then ONNX Runtime), openvino, or lite, whose `opt` only converts. Prints a line of JSON for each: null, or why it didn't run. A model that crashes
the engine takes its own process along."""
import json
import os
import signal
import sys

import numpy

SECONDS = 120
OPSET = 16


def with_onnx(job, inputs):
    graph = converter.export(job['model'], job['params'], OPSET, True, False, True, True, True, {}, 'onnxruntime', '', '', False)
    assert graph, 'Paddle2ONNX makes no graph'
    session = onnxruntime.InferenceSession(graph, providers=['CPUExecutionProvider'])
    return session.run(None, {i.name: inputs[i.name] for i in session.get_inputs()})


def with_openvino(job, inputs):
    core = openvino.Core()
    # Without this, OpenVINO computes in bfloat16 on processors that have it.
    model = core.compile_model(core.read_model(job['model']), 'CPU', {'INFERENCE_PRECISION_HINT': 'f32'})
    results = model([inputs[next(iter(i.get_names() & set(inputs.files)))] for i in model.inputs])
    return [results[output] for output in model.outputs]


def with_lite(job, _):
    opt = paddlelite.lite.Opt()
    opt.set_model_file(job['model'])
    opt.set_param_file(job['params'])
    opt.set_valid_places('arm')
    opt.set_model_type('naive_buffer')
    opt.set_optimize_out(job['outputs'])
    opt.run()
    assert os.path.exists(job['outputs'] + '.nb'), 'opt writes no file'


def run(job):
    inputs = numpy.load(job['inputs'])
    if job['engine'] == 'lite':
        return with_lite(job, inputs)
    numpy.savez(job['outputs'], *(with_onnx if job['engine'] == 'onnx' else with_openvino)(job, inputs))


def run_apart(job):
    said = job['outputs'] + '.log'
    child = os.fork()
    if child == 0:
        signal.alarm(SECONDS)
        log = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(log, 1)
        os.dup2(log, 2)
        why = 0
        try:
            run(job)
        except BaseException as error:
            os.write(log, ('\n' + (str(error) or type(error).__name__)).encode())
            why = 1
        os._exit(why)
    status = os.waitpid(child, 0)[1]
    if status == 0:
        return None
    with open(said, errors='replace') as log:
        text = log.read().split('-----')[0]  # behind it are a stack and times
    return f"{' '.join(text.split())[-400:]} (status {status})"


jobs = json.load(open(sys.argv[1]))
# Before the processes part, since it takes longer than a model.
if any(wanted['engine'] == 'onnx' for wanted in jobs):
    import onnxruntime
    import paddle2onnx.paddle2onnx_cpp2py_export as converter
elif any(wanted['engine'] == 'openvino' for wanted in jobs):
    import openvino
else:
    import paddlelite.lite
for wanted in jobs:
    print(json.dumps(run_apart(wanted)), flush=True)

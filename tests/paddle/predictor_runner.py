"""Runs inference models in the Paddle that this Python has. Usage: predictor_runner.py JOBS.json: [{"model", "params", "inputs", "passes", "outputs"}, …]. Prints a line of
JSON for each: null, or why it didn't run. A model that crashes Paddle takes its own process along."""
import json
import os
import sys

os.environ['GLOG_minloglevel'] = '3'
import numpy
from paddle import inference


def run(job):
    config = inference.Config(job['model'], job['params'])
    config.disable_gpu()
    config.disable_glog_info()
    config.switch_ir_optim(job['passes'])
    config.set_cpu_math_library_num_threads(1)
    if hasattr(config, 'disable_mkldnn'):
        config.disable_mkldnn()
    predictor = inference.create_predictor(config)
    inputs = numpy.load(job['inputs'])
    for name in predictor.get_input_names():
        handle = predictor.get_input_handle(name)
        if inputs[name].ndim:
            handle.reshape(list(inputs[name].shape))
        handle.copy_from_cpu(inputs[name])
    predictor.run()
    numpy.savez(job['outputs'], *[predictor.get_output_handle(name).copy_to_cpu() for name in predictor.get_output_names()])


def run_apart(job):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        why = None
        try:
            run(job)
        except BaseException as error:  # Paddle throws what is no Exception, too
            why = ' '.join(str(error).split())[-300:] or type(error).__name__
        os.write(writer, json.dumps(why).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, 'rb') as answer:
        text = answer.read()
    status = os.waitpid(child, 0)[1]
    return json.loads(text) if text else f'ended with status {status}'


for wanted in json.load(open(sys.argv[1])):
    print(json.dumps(run_apart(wanted)), flush=True)

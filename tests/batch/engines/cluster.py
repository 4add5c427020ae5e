"""A Slurm cluster on this machine: munge, a controller, virtual nodes. Nothing of it needs a privileged port, and it
neither reads nor writes anything outside of its folder."""
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import time

CONF = '''
ClusterName=pdquant-test
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
CredType=cred/munge
SlurmctldPort={controller_port}
SlurmctldPidFile={folder}/slurmctld.pid
SlurmctldLogFile={folder}/slurmctld.log
StateSaveLocation={folder}/state
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmdLogFile={folder}/slurmd-%n.log
SlurmdSpoolDir={folder}/spool-%n
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SlurmdTimeout=300
KillWait=2
SchedulerParameters=sched_interval=1,batch_sched_delay=0
MailProg=/bin/true
{nodes}
PartitionName=main Nodes=ALL Default=YES State=UP MaxTime=INFINITE
'''


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(('127.0.0.1', 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def parent_of(process):
    """(id, name) of the parent of a process; (None, '') if one of them is gone."""
    try:
        parent = int(pathlib.Path(f'/proc/{process}/stat').read_text().rsplit(')', 1)[1].split()[1])
        return parent, pathlib.Path(f'/proc/{parent}/comm').read_text().strip()
    except OSError:
        return None, ''


def kill_all(processes):
    for process in processes:
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            pass


class Cluster:
    """Start it, use it, stop it: each process is ended by its id."""

    def __init__(self, folder, nodes):
        self.folder = pathlib.Path(folder)
        self.nodes = nodes
        self.processes = {}
        self.environment = {**os.environ, 'SLURM_CONF': str(self.folder / 'slurm.conf')}
        self.environment.pop('SLURM_CPUS_PER_TASK', None)

    def start(self):
        (self.folder / 'state').mkdir(parents=True)
        self.folder.chmod(0o755)
        controller, *ports = free_ports(1 + len(self.nodes))
        nodes = '\n'.join(f'NodeName={node} NodeAddr=127.0.0.1 NodeHostname={socket.gethostname()} Port={port} CPUs=2 '
                          'RealMemory=8000 State=UNKNOWN' for node, port in zip(self.nodes, ports))
        (self.folder / 'slurm.conf').write_text(CONF.format(
            host=socket.gethostname(), user=pwd.getpwuid(os.getuid()).pw_name, folder=self.folder,
            controller_port=controller, nodes=nodes))
        self.start_munge()
        self.run_daemon('slurmctld', ['slurmctld', '-D', '-c'])
        for node in self.nodes:
            self.start_node(node)
        self.wait_for(lambda: self.node_states() == {node: 'idle' for node in self.nodes}, 'the nodes to be idle')

    def start_munge(self):
        key = self.folder / 'munge.key'
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        self.run_daemon('munge', ['munged', '--foreground', '--force', f'--socket={self.folder}/munge.socket',
                                  f'--key-file={key}', f'--pid-file={self.folder}/munge.pid',
                                  f'--seed-file={self.folder}/munge.seed', f'--log-file={self.folder}/munge.log'])
        self.wait_for((self.folder / 'munge.socket').exists, 'munge')

    def start_node(self, node):
        (self.folder / f'spool-{node}').mkdir(exist_ok=True)
        self.run_daemon(node, ['slurmd', '-D', '-N', node])

    def run_daemon(self, name, words):
        path = shutil.which(words[0], path='/usr/sbin:/sbin:' + os.environ['PATH'])
        log = open(self.folder / f'{name}.out', 'ab')  # pylint: disable=consider-using-with
        with log:
            self.processes[name] = subprocess.Popen(  # pylint: disable=consider-using-with
                [path, *words[1:]], env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def run(self, *words, cwd=None):
        finished = subprocess.run(list(map(str, words)), env=self.environment, cwd=cwd, check=False,
                                  capture_output=True, text=True)
        if finished.returncode != 0:
            raise OSError(f'{words[0]}: {finished.stderr.strip()}')
        return finished.stdout.strip()

    def node_states(self):
        try:
            lines = self.run('sinfo', '--noheader', '--Node', '--format=%N %t').splitlines()
        except OSError:  # the controller isn't there yet
            return {}
        return dict(line.split() for line in lines)

    def tasks(self, job):
        """(task, state, node) of those that are not over."""
        lines = self.run('squeue', '--noheader', '--array', f'--jobs={job}', '--format=%K %T %N').splitlines()
        return [tuple((line.split() + [''])[:3]) for line in lines]

    def processes_on(self, node):
        """The processes of jobs on a node, without Slurm's own."""
        found = []
        for entry in pathlib.Path('/proc').iterdir():
            if not entry.name.isdigit():
                continue
            try:
                environment = (entry / 'environ').read_bytes().split(b'\0')
                name = (entry / 'comm').read_text().strip()
            except OSError:
                continue
            if f'SLURM_CONF={self.folder}/slurm.conf'.encode() in environment and (
                    f'SLURMD_NODENAME={node}'.encode() in environment):
                found.append((int(entry.name), name))
        return found

    def wait_for(self, condition, what, seconds=120):
        for _ in range(seconds * 20):
            if condition():
                return
            time.sleep(0.05)
        raise TimeoutError(f'{what}: see {self.folder}/*.log, *.out')

    def kill_node(self, node):
        """As when its power fails: Slurm's processes first, so that none of them still reports how a job ended."""
        daemon = self.processes.pop(node)
        daemon.kill()
        daemon.wait()
        parents = {parent_of(process) for process, _ in self.processes_on(node)}
        kill_all({parent for parent, name in parents if name == 'slurmstepd'})
        while jobs := self.processes_on(node):
            kill_all({process for process, _ in jobs})

    def stop(self):
        for node in list(self.nodes):
            if node in self.processes:
                self.kill_node(node)
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.wait()

"""A real Slurm on loopback, without systemd: munged, slurmctld, slurmd in their own directory."""

import os
import shutil
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from ..waiting import wait_for

MAX_ARRAY_SIZE = 2
CONF = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ctld_port}
SlurmdPort={slurmd_port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={munge},cred_expire=6
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0,sched_min_interval=0
DependencyParameters=kill_invalid_depend
PriorityType=priority/basic
ReturnToService=2
JobRequeue=1
KillWait=5
MinJobAge=300
MaxArraySize={max_array_size}
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
StateSaveLocation={root}/state
SlurmdSpoolDir={root}/spool
SlurmctldLogFile={root}/slurmctld.log
SlurmdLogFile={root}/slurmd.log
SlurmctldPidFile={root}/slurmctld.pid
SlurmdPidFile={root}/slurmd.pid
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=8000 Gres=gpu:2
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


@dataclass
class SlurmCluster:
    """One node with two cores and two GPUs that are none; every process is ended by its own pid."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    _running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def start(self) -> None:
        """Brings the cluster up and waits until its node takes jobs."""
        conf = self._write_configuration()
        self.environment = {"SLURM_CONF": str(conf)}
        self._start_munge()
        self.start_controller()
        self.start_node()
        wait_for(lambda: self.ask("sinfo", "-h", "-o", "%t").strip() in ("idle", "mix"), "a node")

    def stop(self) -> None:
        """Cancels what runs and ends the daemons, those that keep the node's jobs first."""
        if jobs := self.queue():
            self.ask("scancel", "--quiet", *jobs)
            self.wait_until_empty()
        for name in ("slurmd", "slurmctld", "munged"):
            self._end(name)

    def start_controller(self) -> None:
        """Starts slurmctld, with the state that the last one left."""
        self._daemon("slurmctld", ["slurmctld", "-D", "-f", str(self._conf)])
        wait_for(lambda: self._answers("scontrol", "ping"), "slurmctld")

    def start_node(self) -> None:
        """Starts slurmd, which finds the jobs again that a dead one has left."""
        self._daemon("slurmd", ["slurmd", "-D", "-f", str(self._conf)])

    def restart_controller(self) -> None:
        """Ends slurmctld as for maintenance, and starts it again."""
        self._end("slurmctld")
        self.start_controller()

    def kill_node(self) -> None:
        """Kills slurmd with -9; its jobs' processes go on."""
        self._running["slurmd"].kill()
        self._running.pop("slurmd").wait()

    def ask(self, *command: str) -> str:
        """The output of one of Slurm's commands."""
        done = subprocess.run(
            command, capture_output=True, text=True, env={**os.environ, **self.environment}
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def queue(self) -> list[str]:
        """Jobs that have not ended."""
        return self.ask("squeue", "-h", "-r", "-o", "%i").split()

    def wait_until_empty(self) -> None:
        """Returns when all jobs have ended."""
        wait_for(lambda: not self.queue(), "end of the jobs")

    def _answers(self, *command: str) -> bool:
        environment = {**os.environ, **self.environment}
        return subprocess.run(command, capture_output=True, env=environment).returncode == 0

    @property
    def _conf(self) -> Path:
        return self.root / "slurm.conf"

    def _write_configuration(self) -> Path:
        for name in ("state", "spool"):
            (self.root / name).mkdir()
        for number in range(2):
            os.mknod(self.root / f"gpu{number}", 0o020666, os.makedev(1, 3))  # like /dev/null
        (self.root / "gres.conf").write_text(f"Name=gpu File={self.root}/gpu[0-1]\n")
        ctld_port, slurmd_port = _free_ports(2)
        self._conf.write_text(
            CONF.format(
                host=socket.gethostname().partition(".")[0],
                root=self.root,
                munge=self._munge / "socket",
                max_array_size=MAX_ARRAY_SIZE,
                ctld_port=ctld_port,
                slurmd_port=slurmd_port,
            )
        )
        return self._conf

    @property
    def _munge(self) -> Path:
        return self.root / "munge"

    def _start_munge(self) -> None:
        """As its own user, in a directory that munged finds safe: its owner's, seen by all."""
        self.root.chmod(0o711)  # the user munge must come to its directory
        self._munge.mkdir(mode=0o755)
        key = self._munge / "key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        for path in (self._munge, key):
            shutil.chown(path, "munge", "munge")
        options = {
            "key-file": key,
            "socket": self._munge / "socket",
            "pid-file": self._munge / "pid",
            "log-file": self._munge / "log",
            "seed-file": self._munge / "seed",
        }
        as_munge = ["setpriv", "--reuid=munge", "--regid=munge", "--clear-groups"]
        munged = ["munged", "--foreground", *(f"--{k}={v}" for k, v in options.items())]
        self._daemon("munged", [*as_munge, *munged])
        wait_for((self._munge / "socket").exists, "munged")

    def _daemon(self, name: str, command: list[str]) -> None:
        with (self.root / f"{name}.out").open("ab") as output:
            self._running[name] = subprocess.Popen(
                command,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.environment},
                start_new_session=True,
            )

    def _end(self, name: str) -> None:
        process = self._running.pop(name)
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()

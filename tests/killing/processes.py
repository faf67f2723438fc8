"""The processes of the service, and how they are killed and started again."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

_COMMANDS = {"service": ["serve"], "worker 1": ["work"], "worker 2": ["work"]}
_AUDIT = "closing the audit"
_COMMAND_SECONDS, _FORKS, _LAST = 600, 4, 3000


class Processes:
    """``settings``: a configuration file. On PostgreSQL there are two processes of ``mmn-cds work``."""

    def __init__(self, settings: Path, *, has_workers: bool) -> None:
        self._settings, self._log = settings, settings.with_name("log")
        self._groups: list[int] = []
        self._running = {name: self._started(name) for name in _COMMANDS if has_workers or name == "service"}

    def kill(self, chosen: random.Random) -> str:
        """SIGKILL for a whole process group, the master alone, what it forked, or a command; whom it hit."""
        # A fork is there again in a moment, so that most kills come when much is under way.
        name = chosen.choice([*self._running, "master", *["fork"] * _FORKS, _AUDIT])
        if name == _AUDIT:
            # Half of the time it comes to its end: what is kept after it has to be there as well.
            self._kill_command(chosen.random() * 1.5 if chosen.random() < 0.5 else _COMMAND_SECONDS)
        elif name == "fork":
            self._kill_fork(chosen)
        elif name == "master":
            self._running["service"].kill()
            self._begin_again("service")
        else:
            self._kill_group(self._running[name].pid)
            self._begin_again(name)
        return name

    def restart_ended(self) -> None:
        """A server that could not listen, since one that was killed still did, is started again."""
        for name, process in self._running.items():
            if process.poll() is not None:
                self._running[name] = self._started(name)

    def last_lines(self) -> str:
        """What all of them wrote last."""
        return self._log.read_text(encoding="utf-8")[-_LAST:]

    def command(self, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
        """A command of ``mmn-cds`` with the same settings, from its beginning to its end."""
        return subprocess.run(  # noqa: S603  # our own interpreter
            _line(*arguments), env=self._environment(), capture_output=True, timeout=_COMMAND_SECONDS, check=False
        )

    def stop(self) -> None:
        """All of it, for good."""
        for group in self._groups:
            self._kill_group(group)
        for process in self._running.values():
            process.wait(timeout=30)

    def _begin_again(self, name: str) -> None:
        self._running[name].wait(timeout=30)
        self._running[name] = self._started(name)

    def _started(self, name: str) -> "subprocess.Popen[bytes]":
        return self._begun(*_COMMANDS[name])

    def _begun(self, *arguments: str) -> "subprocess.Popen[bytes]":
        with self._log.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603  # our own interpreter
                _line(*arguments),
                env=self._environment(),
                cwd=self._settings.parent,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._groups.append(process.pid)
        return process

    def _environment(self) -> Mapping[str, str]:
        own = {key: text for key, text in os.environ.items() if not key.startswith("MMN_CDS_")}  # noqa: TID251  # handed on
        return {**own, "MMN_CDS_CONFIG": str(self._settings)}

    def _kill_command(self, seconds: float) -> None:
        process = self._begun("audit", "close")
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=seconds)
        process.kill()
        process.wait(timeout=30)

    def _kill_fork(self, chosen: random.Random) -> None:
        pid = self._running["service"].pid
        children = Path(f"/proc/{pid}/task/{pid}/children")
        forked = [int(each) for each in children.read_text().split()] if children.is_file() else []
        if forked:
            with suppress(ProcessLookupError):
                os.kill(chosen.choice(forked), signal.SIGKILL)

    @staticmethod
    def _kill_group(group: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


def _line(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from service.cli import main; main()", *arguments]

"""A repository with git and DVC in it, which notes every stage that ran: a stage that ran cannot hide."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent.parent


class Repository:
    """A folder with git and DVC in it, and the log of the stages that ran anywhere."""

    def __init__(self, folder: Path, log: Path):
        self.folder, self.log = folder, log

    def run(self, *command: str) -> str:
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("DVC_")},
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "RUN_LOG": str(self.log),
            "DVC_NO_ANALYTICS": "1",
            "DVC_SITE_CACHE_DIR": str(self.log.parent / "site_cache"),
            "DVC_GLOBAL_CONFIG_DIR": str(self.log.parent / "no_config"),
            "GIT_CONFIG_GLOBAL": os.devnull,
            **dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "Test"),
            **dict.fromkeys(("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "test@localhost"),
        }
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}:\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def dvc(self, *arguments: str) -> str:
        return self.run(sys.executable, "-m", "dvc", *arguments)

    def commit(self, message: str) -> None:
        self.run("git", "add", "--all")
        self.run("git", "commit", "--quiet", "--message", message)

    def clone(self, name: str) -> "Repository":
        folder = self.folder.parent / name
        self.run("git", "clone", "--quiet", str(self.folder), str(folder))
        return Repository(folder, self.log)

    def outputs(self) -> dict[str, bytes]:
        files = [path for name in ("data", "metrics") for path in self.folder.glob(f"{name}/**/*")]
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in sorted(files)
            if path.is_file() and path.name != ".gitignore"
        }

    def ran(self) -> list[str]:
        """The stages that ran, anywhere, since the last call."""
        lines = self.log.read_text().split() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return lines


def new_repository(parent: Path, name: str) -> Repository:
    """An empty one with this project's own DVC settings. Its stages append their names to the file $RUN_LOG."""
    folder = parent / name
    (folder / ".dvc").mkdir(parents=True)
    for setting in (".dvc/config", ".dvc/.gitignore", ".dvcignore"):
        shutil.copy(HERE / setting, folder / setting)
    repository = Repository(folder, parent / "ran.log")
    repository.run("git", "init", "--quiet")
    return repository

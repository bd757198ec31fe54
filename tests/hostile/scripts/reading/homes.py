# Tries: keys and tokens where programs keep them.
import errno
import glob
import os


def run(args, context):
    stopped = set()
    for place in (
        "~/.ssh/id_rsa",
        "~/.aws/credentials",
        "~/.netrc",
        "~/.gitconfig",
        "~/.config",
        "/root/.ssh",
        "/run/secrets",
        "/var/run/secrets/kubernetes.io/serviceaccount/token",
        "/var/run/docker.sock",
        "/var/lib/cloud",
        "/etc/kubernetes",
    ):
        try:
            os.stat(os.path.expanduser(place))
        except OSError as error:
            stopped.add(errno.errorcode[error.errno])
        else:
            return {"escaped": place}
    if found := glob.glob("/home/*") + glob.glob("/root/*"):
        return {"escaped": found}
    return {"stopped": sorted(stopped)}

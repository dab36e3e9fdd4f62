"""The fake app-server, with a key that no schema knows in every notification. argv[1]: the fake's main file."""

import json
import subprocess
import sys

fake = subprocess.Popen([sys.executable, "-I", "-S", sys.argv[1], "app-server"], stdout=subprocess.PIPE)
for line in fake.stdout:
    message = json.loads(line)
    if "method" in message:
        message["params"]["brandNew"] = True
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()
sys.exit(fake.wait())

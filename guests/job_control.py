"""A person at a terminal: runs a command in an interactive shell, types to it, stops it with Ctrl-Z,
looks at the jobs, continues it with fg, interrupts it with Ctrl-C and asks for its status. Prints
what happened. The command copies its input to its output."""
import os, pty, re, select, signal, sys, time

pid, terminal = pty.fork()
if pid == 0:
    os.environ["PS1"] = "READY$ "
    os.execvp("bash", ["bash", "--norc", "--noediting", "-i"])

seen = ""

def wait_for(pattern):
    """What came up to the pattern, which must come within ten seconds."""
    global seen
    end = time.time() + 10
    while not (found := re.search(pattern, seen)):
        ready, _, _ = select.select([terminal], [], [], max(0, end - time.time()))
        if not ready:
            print("no", repr(pattern), "in", repr(seen))
            os.kill(pid, signal.SIGKILL)
            sys.exit(1)
        seen += os.read(terminal, 4096).decode()
    seen = seen[found.end():]
    return found

def type_(text):
    os.write(terminal, text.encode())

wait_for(r"READY\$ ")
type_(" ".join(sys.argv[1:]) + "\n")
wait_for("\n")
time.sleep(0.3)
type_("one\n")
wait_for("one\r\none\r\n")
print("copies")
type_("\x1a")
wait_for(r"Stopped")
wait_for(r"READY\$ ")
print("stopped")
type_("jobs -s | wc -l\n")
wait_for(r"\n1\r\n")
print("one job is stopped")
wait_for(r"READY\$ ")
type_("fg\n")
wait_for("\n")
time.sleep(0.3)
type_("two\n")
wait_for("two\r\ntwo\r\n")
print("copies again")
type_("\x03")
wait_for(r"READY\$ ")
type_("echo status $?\n")
print("status", wait_for(r"\nstatus (\d+)").group(1))
type_("exit\n")
os.waitpid(pid, 0)

"""One block of multiprocessing.shared_memory; calls come as lines of JSON, and so do the answers."""
import json
import sys
from multiprocessing import resource_tracker, shared_memory

block = None


def create(name, size):
    global block
    block = shared_memory.SharedMemory(name=name, create=True, size=size)
    return {"name": block.name, "size": block.size}


def attach(name):
    global block
    block = shared_memory.SharedMemory(name=name)
    # Before 3.13 Python removes at its end also what it has only attached.
    resource_tracker.unregister(block._name, "shared_memory")
    return block.size


def read(start, end):
    return list(block.buf[start:end])


def write(start, values):
    block.buf[start:start + len(values)] = bytes(values)


def doubles(start, count):
    view = block.buf[start:start + 8 * count].cast("d")
    try:
        return list(view)
    finally:
        view.release()


def close(unlink):
    block.close()
    if unlink:
        block.unlink()


functions = {function.__name__: function for function in (create, attach, read, write, doubles, close)}

for line in sys.stdin:
    message = json.loads(line)
    try:
        answer = {"result": functions[message["call"]](*message["args"])}
    except OSError as error:
        answer = {"error": {"name": type(error).__name__, "message": str(error)}}
    print(json.dumps(answer), flush=True)

"""What python-peer.mjs starts: `open NAME` works on a block made by Node, `create` makes one for Node."""
import sys
from multiprocessing import resource_tracker
from multiprocessing.shared_memory import SharedMemory


def attach(name):
    """Opens a block of somebody else. Python before 3.13 would destroy it at the end of this process, unless told."""
    if sys.version_info >= (3, 13):
        return SharedMemory(name, track=False)
    block = SharedMemory(name)
    resource_tracker.unregister(f"/{name}", "shared_memory")
    return block


def open_block(name):
    block = attach(name)
    size = int.from_bytes(block.buf[:8], sys.byteorder)  # Node's blocks begin with the size of what follows
    with block.buf[8 : 8 + size].cast("d") as numbers:
        print("[Python] See", numbers.tolist(), "and double them", flush=True)
        for i in range(len(numbers)):
            numbers[i] *= 2
    block.close()


def create_block():
    block = SharedMemory(create=True, size=4096)
    with block.buf.cast("d") as numbers:
        for i in range(4):
            numbers[i] = i + 0.5
        print(block.name, flush=True)
        sys.stdin.readline()  # until Node has worked on it
        print("[Python] See", numbers[:4].tolist(), flush=True)
    block.close()
    block.unlink()


if sys.argv[1] == "open":
    open_block(sys.argv[2])
else:
    create_block()

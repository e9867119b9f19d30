"""What numpy-peer.mjs starts, with a name or a descriptor and a number of columns: doubles a matrix where it is."""
import mmap
import os
import sys

import numpy

where, columns = sys.argv[1], int(sys.argv[2])
descriptor = os.open("/dev/shm" + where, os.O_RDWR) if where.startswith("/") else int(where)
memory = mmap.mmap(descriptor, 0)  # the whole object; the mapping needs the descriptor no more
os.close(descriptor)

matrix = numpy.frombuffer(memory, dtype=numpy.float64).reshape(-1, columns)
print("[Python] See", matrix.tolist(), "and double them", flush=True)
matrix *= 2
